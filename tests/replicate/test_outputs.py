"""Outputs: from Replicate's hosts only, without the token, without redirects, of bounded size, and images."""

from collections.abc import Callable, Iterator

import pytest

from gate.replicate import OutputRefused, fetch_image
from gate.standin.http import Answer, LoopbackServer, Request
from gate.standin.image import png
from gate.standin.replicate import ReplicateStandIn
from tests.replicate.bench import GFPGAN, JOB, Bench, given

Serve = Callable[[Answer], str]


@pytest.fixture
def seen() -> list[Request]:
    return []


@pytest.fixture
def serve(seen: list[Request]) -> Iterator[Serve]:
    servers: list[LoopbackServer] = []

    def start(answer: Answer) -> str:
        def app(request: Request) -> Answer:
            seen.append(request)
            return answer

        servers.append(LoopbackServer(app, name="test server"))
        return servers[-1].url

    yield start
    for server in servers:
        server.stop()


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        (png("a"), "png"),
        (b"\xff\xd8\xff\xe0 and so on", "jpg"),
        (b"GIF89a and so on", "gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
    ],
)
def test_the_content_and_not_the_name_tells_the_kind(serve: Serve, body: bytes, ending: str) -> None:
    url = serve(Answer(200, body, {"content-type": "text/plain"}))

    assert (body, ending) == fetch_image(f"{url}/out.txt", also_from=url)


@pytest.mark.parametrize("body", [b"", b"RIFF\x10\0\0\0WAVE", b"<svg onload=alert(1)>", b"%PDF-1.7", b" \x89PNG"])
def test_anything_else_is_no_image(serve: Serve, body: bytes) -> None:
    url = serve(Answer(200, body, {"content-type": "image/png"}))

    with pytest.raises(OutputRefused, match="not an image"):
        fetch_image(f"{url}/out.png", also_from=url)


def test_neither_a_token_nor_anything_like_it_is_sent(serve: Serve, seen: list[Request]) -> None:
    url = serve(Answer(200, png("a")))

    fetch_image(f"{url}/out.png", also_from=url)

    assert len(seen) == 1
    assert not {"authorization", "cookie"} & set(seen[0].headers)


def test_a_proxy_of_the_host_does_not_count(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    url = serve(Answer(200, png("a")))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert fetch_image(f"{url}/out.png", also_from=url)[1] == "png"


def test_a_redirect_is_not_followed(serve: Serve, seen: list[Request]) -> None:
    elsewhere = serve(Answer(200, png("a")))
    url = serve(Answer(302, headers={"location": f"{elsewhere}/out.png"}))

    with pytest.raises(OutputRefused, match="status 302"):
        fetch_image(f"{url}/out.png", also_from=url)

    assert len(seen) == 1


@pytest.mark.parametrize(
    "address",
    [
        None,
        3,
        "",
        "out.png",
        "file:///etc/hostname",
        "data:image/png;base64,iVBORw0KGgo=",
        "http://replicate.delivery/out.png",
        "https://replicate.delivery:8443/out.png",
        "https://replicate.delivery.evil.example/out.png",
        "https://evilreplicate.delivery/out.png",
        "https://replicate.delivery@evil.example/out.png",
        "https://198.51.100.7/out.png",
        "http://127.0.0.1:1/out.png",
        "https://[::1",
        "https://replicate.delivery:port/out.png",
    ],
)
def test_a_foreign_address_is_never_asked(address: object) -> None:
    with pytest.raises(OutputRefused, match="not one of Replicate's"):
        fetch_image(address, also_from="http://127.0.0.1:2")


@pytest.mark.parametrize("address", ["https://replicate.delivery/a/out.png", "https://pbxt.replicate.delivery/out.png"])
def test_replicates_own_hosts_are_asked(address: str) -> None:
    """The tests' network ends at loopback, so being refused by it proves that the request was tried."""
    with pytest.raises((OutputRefused, AssertionError), match=r"ConnectionError|tried to reach"):
        fetch_image(address)


def test_a_large_output_is_left(serve: Serve) -> None:
    url = serve(Answer(200, png("a").ljust(1 << 20, b"\0")))

    with pytest.raises(OutputRefused, match="larger than 1000 bytes"):
        fetch_image(f"{url}/out.png", also_from=url, limit=1000)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, png("a"), delivery="cut"), "ChunkedEncodingError"),
        (Answer(200, png("a"), delivery="drop"), "ConnectionError"),
        (Answer(404), "status 404; it may have expired"),
        (Answer(500), "status 500"),
    ],
)
def test_what_does_not_arrive_whole_is_no_output(serve: Serve, answer: Answer, words: str) -> None:
    url = serve(answer)

    with pytest.raises(OutputRefused, match=words):
        fetch_image(f"{url}/out.png", also_from=url)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("output-404", "status 404"),
        ("output-redirect", "status 302"),
        ("output-cut", "ChunkedEncodingError"),
        ("output-huge", "larger than 52428800 bytes"),
        ("prediction-foreign-output", "not one of Replicate's"),
        ("prediction-not-an-image", "not an image"),
    ],
)
def test_the_stand_ins_faults_are_refused(bench: Bench, fault: str, words: str) -> None:
    bench.standin.script([fault])
    ended = bench.client().run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None)

    with pytest.raises(OutputRefused, match=words) as caught:
        fetch_image(ended.result()[0], also_from=bench.standin.url)

    assert caught.value.category == "processing"


def test_two_predictions_give_two_pictures() -> None:
    with ReplicateStandIn(latency=0) as standin:
        bench = Bench(standin)
        with bench.client() as client:
            ended = [client.run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None) for _ in range(2)]
            pictures = {fetch_image(one.result()[0], also_from=standin.url) for one in ended}

    assert len(pictures) == 2
