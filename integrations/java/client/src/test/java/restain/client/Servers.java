package restain.client;

import java.io.IOException;
import java.net.ServerSocket;

/** The running servers, started by integrations/java/test.sh. */
final class Servers {
  private Servers() {}

  static final String NORMAL = address("RESTAIN_URL");

  /** One thread; it answers with a task after a second, takes 30 MB and 5 megapixels, and knows its public address. */
  static final String SLOW = address("RESTAIN_SLOW_URL");

  static RestainClient client() {
    return RestainClient.at(NORMAL).build();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String address(String variable) {
    String url = System.getenv(variable);
    if (url == null)
      throw new IllegalStateException(variable + " is not set: run integrations/java/test.sh");
    return url;
  }
}
