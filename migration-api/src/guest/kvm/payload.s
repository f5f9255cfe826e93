# What each vCPU of the KVM guest runs, in 32-bit protected mode without paging: adds 1 to one byte of each page of a region, in
# turn, and halts once it has done so a given number of times.
#
#   ebx      where the region begins
#   ecx      where it ends
#   edi      the page whose turn it is
#   edx:eax  pages dirtied so far
#   ebp:esi  how many to dirty before it halts; 0 for no end
    .section .rodata.qapi_payload, "a", @progbits
    .code32
    .globl qapi_payload_start, qapi_payload_end
qapi_payload_start:
1:  incb    (%edi)
    addl    $1, %eax
    adcl    $0, %edx
    addl    $4096, %edi
    cmpl    %ecx, %edi
    jb      2f
    movl    %ebx, %edi
2:  cmpl    %esi, %eax
    jne     1b
    cmpl    %ebp, %edx
    jne     1b
3:  hlt
    jmp     3b
qapi_payload_end:
    .code64
    .text
