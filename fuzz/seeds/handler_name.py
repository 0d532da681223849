from websockets import connect
from websockets.exceptions import InvalidStatusCode
try:
    connect(u, **{'extra_headers': h, **options})
except InvalidStatusCode as e: print(e.status_code); e = None
