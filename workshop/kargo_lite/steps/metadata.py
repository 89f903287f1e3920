"""set-metadata, compose-output, fail (Kargo: metadata_setter.go, output_composer.go, failer.go)."""

from __future__ import annotations

from .base import StepContext, StepError, StepResult


def set_metadata(context: StepContext) -> StepResult:
    """Note values on Stages or Freight, for later promotions to read with stageMetadata()."""
    for update in context.config["updates"]:
        kind, name = update["kind"], update["name"]
        if context.kube.get(kind, name, context.project) is None:
            raise StepError(f'error getting {kind}: "{name}" not found in namespace "{context.project}"')
        body = {"status": {"metadata": update["values"]}}
        context.kube.patch(kind, name, context.project, body, "status")
    return StepResult()


def compose_output(context: StepContext) -> StepResult:
    """The configuration, evaluated, is the output."""
    return StepResult(output=dict(context.config))


def fail(context: StepContext) -> StepResult:
    """End in failure with a message of one's own."""
    message = context.config.get("message") or ""
    raise StepError(f"failed: {message}" if message else "failed", terminal=True, status="Failed")
