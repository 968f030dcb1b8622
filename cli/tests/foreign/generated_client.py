"""The course of a team with a client that openapi-python-client made: generated_client.py FOLDER_OF_CLIENT SERVER FILE

Registers, founds a team, uploads the file, submits it, waits until it is scored, chooses it and reads the board.
"""

import base64
import hashlib
import io
import pathlib
import sys
import time

folder, server, path = sys.argv[1:]
sys.path.insert(0, folder)

from team_client import AuthenticatedClient, Client  # noqa: E402
from team_client.api.accounts import create_account, create_session, get_me  # noqa: E402
from team_client.api.boards import get_leaderboard  # noqa: E402
from team_client.api.seasons import get_season  # noqa: E402
from team_client.api.submissions import create_submission, get_quota, get_submission, update_submission  # noqa: E402
from team_client.api.teams import create_team  # noqa: E402
from team_client.api.uploads import create_upload, get_upload, patch_upload  # noqa: E402
from team_client.models import (  # noqa: E402
    NewAccount,
    NewSession,
    NewSubmission,
    NewTeam,
    SubmissionChanges,
    SubmissionKind,
)
from team_client.types import File  # noqa: E402

anybody = Client(base_url=server, raise_on_unexpected_status=True)
email, password = "generated@example.org", "correct horse battery"
create_account.sync(client=anybody, body=NewAccount(email=email, name="Generated", password=password))
session = create_session.sync(client=anybody, body=NewSession(email=email, password=password))
me = AuthenticatedClient(base_url=server, token=session.access_token, raise_on_unexpected_status=True)
assert get_me.sync(client=me).account.email == email
task = get_season.sync("small", client=me).tasks[0]
assert task.task == "classification" and task.test_set.images == 40, task
create_team.sync("small", client=me, body=NewTeam(name="Generated"))

content = pathlib.Path(path).read_bytes()
first, rest = content[:7], content[7:]
metadata = "filename " + base64.b64encode(b"mine.txt").decode()
upload = create_upload.sync(
    client=me,
    body=File(payload=io.BytesIO(first)),
    tus_resumable="1.0.0",
    upload_length=len(content),
    upload_metadata=metadata,
)
assert upload.offset == len(first), upload
patch_upload.sync_detailed(
    upload.id, client=me, body=File(payload=io.BytesIO(rest)), tus_resumable="1.0.0", upload_offset=upload.offset
)
receipt = get_upload.sync(upload.id, client=me).sha256
assert receipt == hashlib.sha256(content).hexdigest(), receipt

new = NewSubmission(upload=upload.id, kind=SubmissionKind.PREDICTIONS, method="generated")
submission = create_submission.sync("small", "classification", client=me, body=new)
ends = time.monotonic() + 30
while (found := get_submission.sync(submission.id, client=me)).state in ("queued", "running"):
    assert time.monotonic() < ends, found
    time.sleep(0.1)
assert found.state == "scored", found
update_submission.sync(submission.id, client=me, body=SubmissionChanges(final=True))
assert get_quota.sync("small", "classification", client=me).used == 1
board = get_leaderboard.sync("small", "classification", client=anybody)
print(next(row.wrong for row in board.rows if row.team == "Generated"))
