import pytest
import redis

from portal.core.quick_redis import QuickRedis


def test_a_redis_that_is_away_is_asked_once_in_a_while() -> None:
    asked: list[int] = []

    def ask(client: redis.Redis) -> None:
        asked.append(1)
        client.ping()

    quick = QuickRedis("redis://127.0.0.1:9/0")
    assert [quick.call(ask) for _ in range(50)] == [False] * 50
    assert len(asked) < 10


def test_a_redis_that_is_back_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.core.quick_redis.QUIET_S", 0.0)
    quick = QuickRedis("redis://127.0.0.1:9/0")
    assert quick.call(lambda client: client.ping()) is False
    assert quick.call(lambda _client: "answered") is True
