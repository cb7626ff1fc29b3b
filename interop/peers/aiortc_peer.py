"""A peer on aiortc: `aiortc_peer.py offer|answer [media]`."""

import asyncio
import json
import os
import sys

import aioice.ice
from aiortc import (
    AudioStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError

MESSAGES = 20
FRAMES = 20
PATIENCE = 25

# aiortc leaves the loopback addresses out, and the tests leave everything else out.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


def message(number):
    return chr(ord("a") + number % 26) * (1 + number * 500)


class Peer:
    def __init__(self, offers, media):
        # Without a list of its own, aiortc asks a public server.
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.offers = offers
        self.media = media
        self.got = 0
        self.wrong = False
        self.frames = {"audio": 0, "video": 0}
        self.progress = asyncio.Event()
        self.tasks = []
        self.connection.on("track", self.on_track)

    async def negotiate(self, read, write):
        if self.offers:
            self.add_media()
            channel = self.connection.createDataChannel("chat")
            channel.on("open", lambda: [channel.send(message(i)) for i in range(MESSAGES)])
            channel.on("message", self.on_message)
            await self.connection.setLocalDescription(await self.connection.createOffer())
            write(self.description())
            await self.connection.setRemoteDescription(RTCSessionDescription(**await read()))
        else:
            self.connection.on("datachannel", self.on_channel)
            await self.connection.setRemoteDescription(RTCSessionDescription(**await read()))
            self.add_media()
            await self.connection.setLocalDescription(await self.connection.createAnswer())
            write(self.description())

    def add_media(self):
        if self.media:
            self.connection.addTrack(AudioStreamTrack())
            self.connection.addTrack(VideoStreamTrack())

    def description(self):
        local = self.connection.localDescription
        return {"type": local.type, "sdp": local.sdp}

    def on_channel(self, channel):
        def on_message(text):
            channel.send(text)
            self.on_message(text)

        channel.on("message", on_message)

    def on_message(self, text):
        self.wrong |= text != message(self.got)
        self.got += 1
        self.progress.set()

    def on_track(self, track):
        async def count():
            try:
                while True:
                    await track.recv()
                    self.frames[track.kind] += 1
                    self.progress.set()
            except MediaStreamError:
                pass

        self.tasks.append(asyncio.ensure_future(count()))

    def complete(self):
        heard = not self.media or min(self.frames.values()) >= FRAMES
        return self.got >= MESSAGES and heard

    async def wait(self):
        while not self.complete():
            self.progress.clear()
            await self.progress.wait()

    def result(self):
        echo = "wrong" if self.wrong else "ok" if self.got == MESSAGES else "timeout"
        tls = self.connection.sctp.transport._ssl
        return {
            "peer": "aiortc",
            "echo": echo,
            "got": self.got,
            "frames": self.frames,
            "state": self.connection.connectionState,
            "tls": tls.get_protocol_version_name() if tls else None,
            "cipher": tls.get_cipher_name() if tls else None,
        }


async def main():
    lines = asyncio.StreamReader(limit=1 << 20)
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)

    async def read():
        return json.loads(await lines.readline())

    def write(value):
        print(json.dumps(value), flush=True)

    peer = Peer(sys.argv[1] == "offer", "media" in sys.argv[2:])
    await peer.negotiate(read, write)
    try:
        await asyncio.wait_for(peer.wait(), PATIENCE)
    except asyncio.TimeoutError:
        pass
    write({"result": peer.result()})
    await lines.readline()
    # Closing takes seconds, and nobody learns anything from it.
    os._exit(0)


asyncio.run(main())
