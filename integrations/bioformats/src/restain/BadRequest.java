package restain;

/** The server asked for what it must not ask for: its fault, not the file's. */
final class BadRequest extends RuntimeException {
  private static final long serialVersionUID = 1L;
}
