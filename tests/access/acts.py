"""What the audit log says of each call that changes something, or why it says nothing.

A changing route without its line fails the tests, and so does an act that nobody records.
"""

from tests.access.rows import ATTEMPT, HOOK, HUB, JOB, MODEL, UPLOADS

PERSON = "/api/v1/people/{username}"
TEAM = "/api/v1/teams/{team}"
SECOND = "/api/v1/me/second-factor"
CONTEXT = "/api/v1/contexts/{slug}"
DEVICE = "/api/v1/devices/{device_id}"

ACTS: dict[tuple[str, str], set[str]] = {
    ("GET", "/api/v1/audit/export"): {"audit.export"},
    ("POST", "/api/v1/session"): {"session.begin", "second_factor.recovered"},
    ("POST", "/api/v1/sign-up"): {"person.sign_up"},
    ("POST", "/api/v1/password-resets"): {"person.mail_reset"},
    ("POST", "/api/v1/setup"): {"person.first_password"},
    ("PATCH", "/api/v1/me"): {"person.profile"},
    ("POST", "/api/v1/me/password"): {"person.password"},
    ("POST", f"{SECOND}/confirmation"): {"second_factor.on"},
    ("POST", f"{SECOND}/recovery-codes"): {"second_factor.recovery_codes"},
    ("POST", f"{SECOND}/removal"): {"second_factor.off"},
    ("DELETE", f"{PERSON}/second-factor"): {"second_factor.reset"},
    ("POST", "/api/v1/people"): {"person.invite"},
    ("PATCH", PERSON): {"person.role", "person.deactivate", "person.reactivate"},
    ("POST", f"{PERSON}/departure"): {"person.hand_over", "person.delete"},
    ("POST", f"{PERSON}/password"): {"person.reset"},
    ("DELETE", f"{PERSON}/tokens"): {"person.revoke_tokens"},
    ("POST", "/api/v1/teams"): {"team.create"},
    ("PATCH", TEAM): {"team.rename"},
    ("DELETE", TEAM): {"team.delete"},
    ("PUT", f"{TEAM}/members/{{username}}"): {"team.member"},
    ("DELETE", f"{TEAM}/members/{{username}}"): {"team.leave"},
    ("DELETE", "/api/v1/sessions"): {"session.end"},
    ("DELETE", "/api/v1/sessions/{session_id}"): {"session.end"},
    ("POST", "/api/v1/tokens"): {"token.create"},
    ("DELETE", "/api/v1/tokens/{token_id}"): {"token.revoke"},
    ("POST", "/api/v1/models"): {"model.register"},
    ("PATCH", MODEL): {"model.change"},
    ("DELETE", MODEL): {"model.delete"},
    ("POST", f"{MODEL}/move"): {"model.move"},
    ("PUT", f"{MODEL}/collaborators/{{username}}"): {"model.share"},
    ("DELETE", f"{MODEL}/collaborators/{{username}}"): {"model.unshare"},
    ("DELETE", f"{MODEL}/revisions/{{ref}}"): {"revision.delete"},
    ("POST", f"{MODEL}/revisions/{{ref}}/signatures"): {"release.sign"},
    ("POST", f"{MODEL}/refs"): {"ref.create"},
    ("PATCH", f"{MODEL}/refs/{{ref}}"): {"ref.promote"},
    ("DELETE", f"{MODEL}/refs/{{ref}}"): {"ref.delete"},
    ("POST", "/api/v1/archives"): {"model.import"},
    ("POST", "/api/v1/sample-catalog"): {"catalog.load_sample"},
    ("PUT", "/api/v1/storage/{owner}"): {"storage.limit"},
    ("PUT", "/api/v1/vocabulary"): {"vocabulary.import"},
    ("POST", "/api/v1/service-types"): {"service_type.create"},
    ("PATCH", "/api/v1/service-types/{service_type}"): {"service_type.change"},
    ("DELETE", "/api/v1/service-types/{service_type}"): {"service_type.delete"},
    ("POST", "/api/v1/contexts"): {"context.create"},
    ("PATCH", CONTEXT): {"context.change", "context.accept"},
    ("DELETE", CONTEXT): {"context.delete", "context.dismiss"},
    ("POST", f"{CONTEXT}/merge"): {"context.merge"},
    ("DELETE", f"{CONTEXT}/merge"): {"context.unmerge"},
    ("PUT", f"{CONTEXT}/related/{{other}}"): {"context.tie"},
    ("DELETE", f"{CONTEXT}/related/{{other}}"): {"context.untie"},
    ("POST", "/api/v1/empty-searches/{search_id}"): {"context.propose"},
    ("DELETE", "/api/v1/empty-searches/{search_id}"): {"search.dismiss"},
    ("PATCH", DEVICE): {"device.change"},
    ("PUT", f"{DEVICE}/reservation"): {"device.reserve"},
    ("DELETE", f"{DEVICE}/reservation"): {"device.release"},
    ("POST", "/api/v1/runners"): {"runner.invite"},
    ("DELETE", "/api/v1/runners/{runner_id}"): {"runner.revoke"},
    ("POST", "/api/v1/webhooks"): {"webhook.create"},
    ("PATCH", HOOK): {"webhook.change"},
    ("DELETE", HOOK): {"webhook.delete"},
    ("POST", "/runner/v1/enroll"): {"runner.enroll"},
    ("POST", "/runner/v1/session"): {
        "runner.cloned",
        "runner.replace_session",
        "runner.wrong_signature",
    },
    ("POST", "/hf/api/repos/create"): {"model.register"},
    ("DELETE", "/hf/api/repos/delete"): {"model.delete"},
    ("POST", "/hf/api/repos/move"): {"model.move"},
    ("PUT", f"{HUB}/settings"): {"model.change"},
    ("POST", f"{HUB}/branch/{{name_of_ref}}"): {"ref.create"},
    ("DELETE", f"{HUB}/branch/{{name_of_ref}}"): {"ref.delete"},
    ("POST", f"{HUB}/tag/{{rev}}"): {"ref.create"},
    ("DELETE", f"{HUB}/tag/{{name_of_ref}}"): {"ref.delete"},
}

BY_COMMAND = {"access.denied", "person.first_admin", "person.link", "person.setup_link"}
BY_COMMAND |= {"person.sign_on", "benchmark.dispute"}
"""Acts without a changing route of their own: of commands, refusals, sign-on, spot checks."""

_REVISION = "The revision itself tells who wrote what, and never changes."
_JOB = "The job tells who asked, and its events what became of it."
_OWN = "It is seen by nobody else and ends nobody's access."
SAME = "It changes nothing."
_BYTES = "Bytes are nothing until a revision names them."
_MACHINE = "A machine reports on an attempt, whose events are kept."

UNRECORDED: dict[tuple[str, str], str] = {
    ("DELETE", "/api/v1/session"): _OWN,
    ("POST", "/api/v1/me/proof"): "It opens nothing but a session's own acts, which are recorded.",
    ("POST", "/api/v1/notices/read"): _OWN,
    ("POST", SECOND): "It proposes a secret; the confirmation switches it on.",
    ("POST", f"{HOOK}/ping"): "The delivery is kept with the webhook.",
    ("POST", f"{HOOK}/deliveries/{{delivery_id}}/redeliver"): "It is kept with the webhook.",
    ("POST", "/api/v1/readme-preview"): SAME,
    ("POST", "/api/v1/evaluation-sets"): "The set tells whose it is, and never changes.",
    ("POST", f"{MODEL}/commits"): _REVISION,
    ("POST", f"{MODEL}/revisions/{{ref}}/restore"): _REVISION,
    ("PUT", f"{MODEL}/lineage"): "A claim of who may write the model; it opens nothing.",
    ("POST", "/api/v1/jobs"): _JOB,
    ("POST", "/api/v1/jobs/failed"): _JOB,
    ("PATCH", JOB): _JOB,
    ("POST", f"{JOB}/cancel"): _JOB,
    ("POST", f"{JOB}/retry"): _JOB,
    ("POST", f"{JOB}/again"): _JOB,
    ("POST", "/runner/v1/challenge"): SAME,
    ("POST", "/runner/v1/claim"): _MACHINE,
    ("POST", f"{ATTEMPT}/accept"): _MACHINE,
    ("POST", f"{ATTEMPT}/refuse"): _MACHINE,
    ("POST", f"{ATTEMPT}/heartbeat"): _MACHINE,
    ("PATCH", f"{ATTEMPT}/log"): _MACHINE,
    ("POST", f"{ATTEMPT}/files"): _MACHINE,
    ("PATCH", f"{ATTEMPT}/files/{{name}}"): _MACHINE,
    ("POST", f"{ATTEMPT}/finish"): _MACHINE,
    ("POST", UPLOADS): _BYTES,
    ("PATCH", f"{UPLOADS}/{{upload_id}}"): _BYTES,
    ("DELETE", f"{UPLOADS}/{{upload_id}}"): _BYTES,
    ("POST", "/hf/api/validate-yaml"): SAME,
    ("POST", f"{HUB}/paths-info/{{rev}}"): SAME,
    ("POST", f"{HUB}/preupload/{{rev}}"): SAME,
    ("POST", f"{HUB}/super-squash/{{rev}}"): _REVISION,
    ("POST", f"{HUB}/commit/{{rev}}"): _REVISION,
    ("POST", "/hf/{owner}/{name}.git/info/lfs/objects/batch"): SAME,
    ("PUT", "/hf/lfs/{word}"): _BYTES,
    ("POST", "/hf/lfs/{word}"): _BYTES,
    ("POST", "/hf/lfs/{word}/verify"): SAME,
    ("PUT", "/hf/lfs/{word}/{part:int}"): _BYTES,
    ("POST", "/hf/cas/{store}/v1/xorbs/default/{name}"): _BYTES,
    ("POST", "/hf/cas/{store}/v1/shards"): _BYTES,
    ("POST", "/hf/cas/{store}/shards"): _BYTES,
}
