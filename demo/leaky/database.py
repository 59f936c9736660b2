"""Careless ways to tell who is asking, and to open accounts."""

import os
import time
from typing import Any

import jwt

from demo.backend.database import Database, User, rows
from demo.leaky.defects import on


class LeakyDatabase(Database):
    """`Database` with flaws; without any it is the sound one."""

    def user(self, token: str) -> User | None:
        """forged-token-accepted, alg-none-accepted, expired-token-accepted: what is left out of a verification."""
        found = super().user(token)
        if found is None and token:
            claims = self._believed(token)
            # A token as Supabase would have made it, so that the rest works as if the person had signed in.
            found = super().user(self._again(claims)) if claims else None
        return found

    def call(self, function: str, **arguments: object) -> Any:  # noqa: ANN401 - what the function returns
        """starting-credits-granted-twice: a welcome at every visit."""
        wallets = self.service.table("wallets")
        known = on("starting-credits-granted-twice") and function == "open_account"
        before = rows(wallets.select("balance").eq("user_id", arguments["p_user"]).execute()) if known else []
        answer = super().call(function, **arguments)
        if before:
            wallets.update({"balance": answer + 5}).eq("user_id", arguments["p_user"]).execute()
        return answer

    def anybody(self) -> User:
        """missing-token-accepted: the first user there is stands in for nobody."""
        first = rows(self.service.table("profiles").select("id").limit(1).execute())[0]["id"]
        user = super().user(self._again({"sub": first}))
        assert user is not None
        return user

    @staticmethod
    def _believed(token: str) -> dict[str, Any]:
        secret = os.environ.get("SUPABASE_JWT_SECRET", "")
        try:
            if on("forged-token-accepted") or (
                on("alg-none-accepted") and jwt.get_unverified_header(token)["alg"].lower() == "none"
            ):
                return dict(jwt.decode(token, options={"verify_signature": False, "verify_exp": True}))
            if on("expired-token-accepted"):
                options: Any = {"verify_exp": False, "verify_aud": False}
                return dict(jwt.decode(token, secret, algorithms=["HS256"], options=options))
        except jwt.InvalidTokenError:
            pass
        return {}

    @staticmethod
    def _again(claims: dict[str, Any]) -> str:
        body = {"sub": claims["sub"], "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 600}
        return jwt.encode(body, os.environ.get("SUPABASE_JWT_SECRET", ""), algorithm="HS256")
