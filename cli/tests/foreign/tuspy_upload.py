"""Uploads a file with tuspy over a line that breaks: SERVER TOKEN FILE CHUNK_BYTES. Prints the upload's address."""

import sys
import time

import requests
from tusclient import client
from tusclient.exceptions import TusCommunicationError

server, token, path, chunk = sys.argv[1:]
tus = client.TusClient(f"{server}/api/v1/uploads", headers={"Authorization": f"Bearer {token}"})
url = None
end = time.monotonic() + 120
while time.monotonic() < end:
    try:
        uploader = tus.uploader(path, url=url, chunk_size=int(chunk), upload_checksum=True)
        if uploader.url is None:
            uploader.set_url(uploader.create_url())
            uploader.offset = 0
        url = uploader.url
        uploader.upload()
        print(url)
        break
    except (TusCommunicationError, requests.exceptions.RequestException):
        # The connection broke. A new uploader asks the server where the upload is.
        time.sleep(0.02)
else:
    sys.exit("no progress in two minutes")
