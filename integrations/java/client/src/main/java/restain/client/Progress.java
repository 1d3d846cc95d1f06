package restain.client;

/** Hears how far the work is, and may stop it. Both methods are called from the thread that waits for the result. */
@FunctionalInterface
public interface Progress {
  /** Neither reports nor stops. */
  Progress NONE = (share, stage) -> {};

  /**
   * @param share of the work that is done, from 0 to 1
   * @param stage what is being done: {@code sending}, {@code waiting}, {@code reading}, {@code inferring}, {@code
   *     scoring}, {@code encoding}
   */
  void report(double share, String stage);

  /** Asked several times a second. After true the work is also stopped on the server. */
  default boolean isCancelled() {
    return false;
  }
}
