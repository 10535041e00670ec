/** Python's standard library is enough: a stream of Inlet has its data on one line each. */

export function pythonSnippet(url: string, cursor: string, silenceSeconds: number): string {
  return `# Python 3.9 or newer, nothing to install
import http.client, json, os, sys, time, urllib.error, urllib.request

URL = "${url}"
cursor, retry = "${cursor}", 2.0

while True:
    headers = {"Authorization": "Bearer " + os.environ["INLET_KEY"], "Last-Event-ID": cursor}
    try:
        request = urllib.request.Request(URL, headers=headers)
        with urllib.request.urlopen(request, timeout=${silenceSeconds}) as stream:
            event = {}
            for line in stream:
                name, _, value = line.decode("utf-8").rstrip("\\r\\n").partition(":")
                if name:
                    event[name] = value.removeprefix(" ")
                    continue
                # An empty line ends an event, and a heartbeat is a comment: a colon without a name.
                if event.get("event") == "sms_received":
                    message = json.loads(event["data"])
                    print(message["from"] + ": " + message["body"], flush=True)
                cursor = event.get("id", cursor)
                retry = int(event.get("retry", retry * 1000)) / 1000
                event = {}
    except urllib.error.HTTPError as error:
        if error.code in (400, 401, 403):
            sys.exit("refused: " + error.read().decode("utf-8"))
    except (OSError, http.client.HTTPException) as error:
        print("lost:", error, file=sys.stderr)
    time.sleep(retry)
`;
}
