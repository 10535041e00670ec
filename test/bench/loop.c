/*
 * The plain loop of sends: GET /stream keeps a connection, POST /emit sends its body to all that are kept. No more
 * of HTTP than the benchmark speaks. Prints its address.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536
static const char HELLO[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n";
static const char OK[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static int streams[MOST], count, place[MOST];
static char *requests[MOST];

static void leave(int fd) {
  if (place[fd]) {
    int last = streams[--count];
    streams[place[fd] - 1] = last;
    place[last] = place[fd];
  }
  place[fd] = 0;
  free(requests[fd]);
  requests[fd] = NULL;
  close(fd);
}

static void serve(int fd) {
  char *text = requests[fd] ? requests[fd] : (requests[fd] = calloc(1, MOST));
  size_t had = strlen(text);
  ssize_t got = recv(fd, text + had, MOST - 1 - had, 0);
  if (got <= 0) return leave(fd);
  text[had + got] = 0;
  char *body = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\ncontent-length:");
  if (!body) return;
  body += 4;
  size_t size = length && length < body ? strtoul(length + 17, NULL, 10) : 0;
  if (strlen(body) < size) return;
  if (strncmp(text, "POST", 4) == 0) {
    for (int i = 0; i < count; i++) send(streams[i], body, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    send(fd, OK, sizeof OK - 1, MSG_NOSIGNAL);
  } else {
    send(fd, HELLO, sizeof HELLO - 1, MSG_NOSIGNAL);
    streams[count++] = fd;
    place[fd] = count;
  }
  free(requests[fd]);
  requests[fd] = NULL;
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0), queue = epoll_create1(0);
  bind(listener, (struct sockaddr *)&address, size);
  listen(listener, 4096);
  getsockname(listener, (struct sockaddr *)&address, &size);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
  printf("listening http://127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int ready = epoll_wait(queue, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd != listener) serve(fd);
      else if ((event.data.fd = accept(listener, NULL, NULL)) >= 0) {
        // As all the others do: otherwise what is sent waits for the answer to what was sent before.
        setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        epoll_ctl(queue, EPOLL_CTL_ADD, event.data.fd, &event);
      }
    }
  }
}
