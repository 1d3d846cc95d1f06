package restain.client;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedList;

/** A proxy between client and server that misbehaves as networks and proxies do. */
final class Middleman implements Closeable {
  /** What one connection meets instead of the server. */
  interface Misbehaviour {
    void handle(Socket connection) throws IOException;
  }

  /** A lost connection: there is no answer. */
  static final Misbehaviour HANG_UP = connection -> read(connection, 100);

  private final ServerSocket listener;
  private final URL target;
  private final Deque<Misbehaviour> first;

  /** The first connections misbehave as listed; null and all others reach the server. */
  Middleman(String target, Misbehaviour... first) throws IOException {
    this.target = new URL(target);
    this.first = new LinkedList<>(Arrays.asList(first));
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::serve);
  }

  String address() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** An answer that does not come from the server. {@code head} holds more header lines. */
  static Misbehaviour reply(String status, String kind, String body, String... head) {
    return connection -> {
      connection.setSoTimeout(300);
      try {
        read(connection, Long.MAX_VALUE);
      } catch (java.net.SocketTimeoutException quiet) {
        // All of the request has come.
      }
      String lines = String.join("\r\n", head) + (head.length > 0 ? "\r\n" : "");
      int length = body.getBytes(StandardCharsets.UTF_8).length;
      String text = "HTTP/1.1 " + status + "\r\nContent-Type: " + kind + "\r\nContent-Length: " + length;
      text += "\r\nConnection: close\r\n" + lines + "\r\n" + body;
      connection.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    };
  }

  static Misbehaviour problem(String status, String code, String... head) {
    String body = "{\"code\":\"" + code + "\",\"detail\":\"Try again.\",\"status\":" + status.substring(0, 3) + "}";
    return reply(status, "application/problem+json", body, head);
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private void serve() throws IOException {
    while (true) {
      Socket connection = listener.accept();
      Misbehaviour misbehaviour;
      synchronized (first) {
        misbehaviour = first.poll();
      }
      start(() -> {
        try (Socket open = connection) {
          if (misbehaviour != null) misbehaviour.handle(open);
          else
            try (Socket server = new Socket(target.getHost(), target.getPort())) {
              start(() -> pump(server, open));
              pump(open, server);
            }
        }
      });
    }
  }

  private static void pump(Socket from, Socket to) throws IOException {
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    byte[] block = new byte[1 << 16];
    for (int count; (count = in.read(block)) >= 0; ) out.write(block, 0, count);
    to.close();
  }

  private static void read(Socket connection, long most) throws IOException {
    byte[] block = new byte[1 << 12];
    long all = 0;
    for (int count; all < most && (count = connection.getInputStream().read(block)) >= 0; ) all += count;
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(() -> {
          try {
            work.run();
          } catch (IOException closed) {
            // The other side ended the connection.
          }
        });
    thread.setDaemon(true);
    thread.start();
  }
}
