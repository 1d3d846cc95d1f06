package restain.imagej;

/** A reason to stop that the user can act on: a sentence. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Refusal(String sentence) {
    super(sentence);
  }
}
