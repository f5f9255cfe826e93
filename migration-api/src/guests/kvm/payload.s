# What each vCPU of the KVM guest runs, in 32-bit protected mode without paging: adds 1 to one byte of each page of a region, in
# turn, and halts once it has done so a given number of times.
#
# Where KVM emulates instructions in batches, it does not look at a vCPU's dirty ring within a batch, and keeps only 64 entries free
# for what comes until it does. The delay between two pages has a batch dirty less than that; it is short beside a write that is logged.
#
#   ebx      where the region begins
#   ecx      where it ends
#   edi      the page whose turn it is
#   edx:eax  pages dirtied so far
#   ebp:esi  how many to dirty before it halts; 0 for no end
#   esp      counts the delay: there is no stack
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
    jne     3f
    cmpl    %ebp, %edx
    je      5f
3:  movl    $32, %esp
4:  decl    %esp
    jnz     4b
    jmp     1b
5:  hlt
    jmp     5b
qapi_payload_end:
    .code64
    .text
