"""Talks to the server whose socket is named, as programs of QEMU's own tree do."""

import asyncio
import sys

from qemu.qmp import EventListener, ExecuteError, QMPClient, Runstate

DEADLINE = 100


async def refused(client, command, arguments=None, **keywords):
    """The error that a command is answered with."""
    try:
        reply = await client.execute(command, arguments, **keywords)
    except ExecuteError as error:
        return error.error_class, str(error)
    raise AssertionError(f"{command} was answered with {reply}")


async def commands(client):
    assert await client.execute("query-status") == {"running": True, "status": "running"}
    version = await client.execute("query-version")
    assert version["qemu"] == client.greeting.QMP.version["qemu"], version
    names = [one["name"] for one in await client.execute("query-commands")]
    assert "stop" in names and "migrate" in names, names
    entities = await client.execute("query-qmp-schema")
    assert any(one["name"] == "query-status" for one in entities)
    statuses = await asyncio.gather(*(client.execute("query-status") for _ in range(30)))
    assert all(status["running"] for status in statuses)
    marked = await client.execute_msg({"execute": "query-status", "id": "ours"})
    assert marked["running"]
    reply = await client.execute("getfd", {"fdname": "\u0000\u00e9\u20ac\U0001f600\\\""})
    assert reply == {}, reply


async def out_of_band(client):
    pending = [asyncio.ensure_future(client.execute("query-qmp-schema")) for _ in range(5)]
    assert await client.execute("query-yank", oob=True) == []
    assert len(await asyncio.gather(*pending)) == 5


async def errors(client):
    assert await refused(client, "query-nonsense") == (
        "CommandNotFound", "The command query-nonsense has not been found")
    assert await refused(client, "getfd") == ("GenericError", "Parameter 'fdname' is missing")
    assert await refused(client, "getfd", {"fdname": 1}) == (
        "GenericError", "Invalid parameter type for 'fdname', expected: string")
    assert await refused(client, "stop", {"extra": None}) == (
        "GenericError", "Parameter 'extra' is unexpected")
    assert await refused(client, "query-status", oob=True) == (
        "GenericError", "The command query-status does not support OOB")
    assert await refused(client, "qmp_capabilities") == (
        "CommandNotFound", "Capabilities negotiation is already complete, command ignored")
    assert await refused(client, "closefd", {"fdname": "nobody"}) == (
        "GenericError", "File descriptor named 'nobody' not found")


async def events(client):
    with client.listener() as everything, client.listener("RESUME") as resumed:
        await client.execute("stop")
        await client.execute("cont")
        resume = await resumed.get()
        names = [(await everything.get())["event"] for _ in range(2)]
        assert names == ["STOP", "RESUME"], names
        assert set(resume) == {"event", "timestamp"}, resume
        assert resume["timestamp"]["seconds"] > 0


async def leave_and_return(path):
    client = QMPClient("ours")
    for _ in range(3):
        await client.connect(path)
        await events(client)
        await client.disconnect()
    # One that leaves with commands under way is no obstacle to the next.
    await client.connect(path)
    pending = [asyncio.ensure_future(client.execute("query-qmp-schema")) for _ in range(5)]
    await asyncio.sleep(0)
    await client.disconnect()
    await asyncio.gather(*pending, return_exceptions=True)
    await client.connect(path)
    await commands(client)
    await client.disconnect()


async def end(path):
    client = QMPClient("ours")
    await client.connect(path)
    shutdown = EventListener("SHUTDOWN")
    client.register_listener(shutdown)
    assert await client.execute("quit") == {}
    event = await shutdown.get()
    assert event["data"] == {"guest": False, "reason": "host-qmp-quit"}, event
    while client.runstate == Runstate.RUNNING:
        await client.runstate_changed()
    try:
        await client.disconnect()
    except EOFError:
        return
    raise AssertionError("the server has not closed the connection by itself")


async def main(path):
    client = QMPClient("ours")
    await client.connect(path)
    await commands(client)
    await out_of_band(client)
    await errors(client)
    await events(client)
    await client.disconnect()
    await leave_and_return(path)
    await end(path)


asyncio.run(asyncio.wait_for(main(sys.argv[1]), DEADLINE))
