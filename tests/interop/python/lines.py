"""What a peer is on the outside: one request and one reply a line, in JSON."""

import json
import sys
import traceback


def answer(actions):
    """Answers requests by what they want done, until there are no more.

    What an action refuses is answered with `refused` and the error's text; a request that is
    malformed ends the program.
    """
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = actions[request["do"]](request)
        except (KeyError, TypeError, AttributeError):
            # Never a refusal: a mistake of the program.
            traceback.print_exc()
            sys.exit(1)
        except Exception as error:  # pylint: disable=broad-except
            reply = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)
