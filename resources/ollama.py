"""Speak with Ollama by its own API. Its OpenAI-compatible one cannot send what keeps a prompt whole (see below).

Measured on a real server, each a line of this module:

* A prompt that does not fit is cut to half of `num_ctx` from the front, the rules going first, and answered with 200.
  `truncate: false` and `shift: false` (0.12.4 and later; others ignore them in silence) make it a 400 with the count.
* `num_predict` has a default of ten times `num_ctx`: a runaway answer holds a CPU box for an hour.
* Another `num_ctx` or `shift` loads the model again, so all calls, warm-up included, send the same.
* More than 30 equal tokens end an answer with `done: false` and status 200.
* Names that end in `cloud`, and tags with a `remote_host`, are sent to ollama.com by the "local" server.
"""

import re
import time
from typing import Any

from resources.errors import (
    ModelError,
    ModelMissingError,
    ModelRefusedError,
    PromptTooLongError,
    UnusableAnswerError,
)
from resources.language_model import Completion, Health, Identity, Question, Residency
from resources.model_http import CHECK_SECONDS, ServedModel, as_documented, said, unless_wrong, when_free, whole
from resources.ollama_answers import KEEPS_PROMPTS_WHOLE, billions, refusal, too_old
from resources.progress import report

PULL_SILENCE_SECONDS = 300.0


class Ollama(ServedModel):
    """One model of an Ollama server: known by its digest, and pulled first where that is allowed."""

    def complete(self, question: Question, seconds: float) -> Completion:
        """One answer of `/api/chat`, whole, or an error that says why not."""
        identity = self.identity()
        body = self._body(question)
        begun = time.monotonic()
        status, answer = when_free(lambda left: self._server.ask("POST", "/api/chat", body, seconds=left), seconds)
        if status != 200:
            raise self._refusal(status, answer, question)
        with as_documented(self._model):
            read = whole(answer, self._model)
            self._require_whole(read, question, identity)
            text, tokens = str(read["message"]["content"]), int(read["prompt_eval_count"])
            written = int(read.get("eval_count") or 0)
        self._meter.learn(question.size, tokens)
        return Completion(text, tokens, written, time.monotonic() - begun)

    def health(self) -> Health:
        """Server, version, model; warnings for what an old or shared server does."""
        try:
            identity = self.identity()
        except ModelError as error:
            return Health(False, str(error))
        warnings = []
        if too_old(identity.server_version):
            warnings.append(
                f"Ollama {identity.server_version} ignores truncate and shift; long prompts are guarded by their count "
                f"only. Update to {'.'.join(map(str, KEEPS_PROMPTS_WHOLE))} or later."
            )
        word = f"{identity.model} ({identity.digest[:12]}) on Ollama {identity.server_version}"
        return Health(True, word, tuple(warnings))

    def warm_up(self, seconds: float) -> None:
        """Load the model with the context and flags of all later calls; answers with `done_reason: load`."""
        body = self._settled() | {"messages": [], "options": {"num_ctx": self.identity().context_tokens}}
        status, answer = when_free(lambda left: self._server.ask("POST", "/api/chat", body, seconds=left), seconds)
        if status != 200:
            raise self._refusal(status, answer, None)

    def residency(self) -> Residency | None:
        """What `/api/ps` says of our model, None where it is not loaded or the server is away."""
        try:
            digest = self.identity().digest
            status, answer = self._server.ask("GET", "/api/ps", seconds=CHECK_SECONDS)
            with as_documented(self._model):
                for one in unless_wrong(status, answer, self._model).get("models") or ():
                    if one.get("digest") == digest:
                        return Residency(int(one.get("size") or 0), int(one.get("size_vram") or 0))
        except ModelError:
            return None
        return None

    def _settled(self) -> dict[str, Any]:
        return {
            "model": self._model,
            "stream": False,
            "think": False,  # models that can think do so by default, and pay for it in minutes
            "truncate": False,
            "shift": False,
            "keep_alive": self._way.keep_alive,
        }

    def _body(self, question: Question) -> dict[str, Any]:
        return self._settled() | {
            "messages": [{"role": one.role, "content": one.content} for one in question.messages],
            "format": question.schema,
            "options": {
                "num_ctx": self.identity().context_tokens,
                "num_predict": question.answer_tokens,
                "temperature": 0,
                "top_k": 1,
                "repeat_penalty": 1.0,
                "seed": question.seed,
            },
        }

    def _require_whole(self, answer: dict[str, Any], question: Question, identity: Identity) -> None:
        if answer.get("remote_host") or answer.get("remote_model"):
            self._refuse_remote(str(answer.get("remote_host") or answer.get("remote_model")))
        if answer.get("done") is not True:
            raise UnusableAnswerError(f"{self._model}: the server gave up on the answer (token repeat limit).")
        if (reason := answer.get("done_reason")) != "stop":
            raise UnusableAnswerError(f"{self._model}: the answer was cut: done_reason {reason}.")
        tokens = answer.get("prompt_eval_count")
        if not isinstance(tokens, int) or not isinstance((answer.get("message") or {}).get("content"), str):
            raise UnusableAnswerError(f"{self._model}: the answer has no text or no prompt_eval_count.")
        # A cut prompt counts half the context and a few tokens: 259 of 512 where it was measured.
        half = identity.context_tokens // 2
        old_and_half = too_old(identity.server_version) and half - 8 <= tokens <= half + 64
        room = identity.context_tokens - question.answer_tokens
        if tokens > room or old_and_half or self._meter.looks_cut(question.size, tokens):
            raise PromptTooLongError(
                f"{self._model}: the prompt of {question.size} bytes was cut to {tokens} tokens.", limit=room
            )

    def _refusal(self, status: int, answer: Any, question: Question | None) -> ModelError:
        error = refusal(self._model, self._server.url, status, answer)
        if question and isinstance(error, PromptTooLongError) and error.tokens:
            self._meter.learn(question.size, error.tokens)
        return error

    def _ask_identity(self) -> Identity:
        if re.search(r"[:-]cloud$", self._model):
            self._refuse_remote("ollama.com")
        status, version = self._server.ask("GET", "/api/version", seconds=CHECK_SECONDS)
        server_version = str(unless_wrong(status, version, self._server.url).get("version", ""))
        if (tag := self._tag()) is None and self._way.may_pull:
            self._pull()
            tag = self._tag()
        if tag is None:
            raise self._refusal(404, None, None)
        status, shown = self._server.ask("POST", "/api/show", {"model": self._model}, seconds=CHECK_SECONDS)
        show = unless_wrong(status, shown, self._model)
        if remote := tag.get("remote_host") or show.get("remote_host") or tag.get("remote_model"):
            self._refuse_remote(str(remote))
        details = tag.get("details") or show.get("details") or {}
        lengths = [value for key, value in (show.get("model_info") or {}).items() if key.endswith(".context_length")]
        return Identity(
            backend="ollama",
            model=self._model,
            digest=str(tag.get("digest", "")),
            billions=billions(str(details.get("parameter_size", ""))),
            context_tokens=min([self._way.context_tokens, *(int(length) for length in lengths[:1])]),
            server_version=server_version,
        )

    def _tag(self) -> dict[str, Any] | None:
        status, answer = self._server.ask("GET", "/api/tags", seconds=CHECK_SECONDS)
        names = {self._model, f"{self._model}:latest"}
        models = unless_wrong(status, answer, self._server.url).get("models") or ()
        return next((one for one in models if one.get("name") in names), None)

    def _pull(self) -> None:
        """Download the model. Errors come with status 200 as the last line; only "success" is success."""
        done = False
        for line in self._server.lines("/api/pull", {"model": self._model}, seconds=PULL_SILENCE_SECONDS):
            step = whole(line, self._model)
            if "error" in step:
                raise ModelMissingError(f"model {self._model} cannot be pulled: {said(step)}")
            done = step.get("status") == "success"
            report(f"pull {self._model}", float(step.get("completed") or 0), float(step.get("total") or 0) or None)
        if not done:
            raise ModelMissingError(
                f"model {self._model}: the download did not end in success; run it again to resume."
            )

    def _refuse_remote(self, host: str) -> None:
        if not self._way.may_leave_the_machine:
            raise ModelRefusedError(
                f"model {self._model} is run by {host}: repository texts would leave this machine. "
                "Choose a local model, or set language_model.allow_remote."
            )
