/** Go's standard library is enough: a stream of Inlet has its data on one line each. */

export function goSnippet(url: string, cursor: string, silenceSeconds: number): string {
  return `// go run main.go
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	url     = "${url}"
	silence = ${silenceSeconds} * time.Second // three heartbeats
)

var cursor, retry = "${cursor}", 2 * time.Second

func main() {
	for {
		if err := follow(); err != nil {
			log.Print(err)
		}
		time.Sleep(retry)
	}
}

func follow() error {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("INLET_KEY"))
	request.Header.Set("Last-Event-ID", cursor)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case 200:
	case 400, 401, 403:
		log.Fatalln("refused:", response.Status)
	default:
		return fmt.Errorf("the server answered %s", response.Status)
	}
	watchdog := time.AfterFunc(silence, func() { response.Body.Close() })
	defer watchdog.Stop()

	event := map[string]string{}
	reader := bufio.NewReader(response.Body)
	for {
		line, err := reader.ReadString('\\n')
		if err != nil {
			return nil // the stream has ended: it comes back
		}
		watchdog.Reset(silence)
		line = strings.TrimRight(line, "\\r\\n")
		if line != "" {
			name, value, _ := strings.Cut(line, ":")
			event[name] = strings.TrimPrefix(value, " ")
			continue
		}
		if event["event"] == "sms_received" {
			var message struct{ From, To, Body string }
			if err := json.Unmarshal([]byte(event["data"]), &message); err != nil {
				return err
			}
			fmt.Printf("%s: %s\\n", message.From, message.Body)
		}
		if id, ok := event["id"]; ok {
			cursor = id
		}
		if ms, err := strconv.Atoi(event["retry"]); err == nil {
			retry = time.Duration(ms) * time.Millisecond
		}
		event = map[string]string{}
	}
}
`;
}
