package restain.client;

/** How far a task is. */
public final class TaskStatus {
  /** {@code PENDING}, {@code STARTED}, {@code SUCCESS}, {@code FAILURE} or {@code REVOKED}. */
  public final String state;

  /** Share of the work that is done, from 0 to 1. */
  public final double progress;

  /** What is being done, or {@code waiting}. */
  public final String stage;

  /** Set when the state is {@code SUCCESS}, else null. */
  public final Result result;

  /** Set when the state is {@code FAILURE} or {@code REVOKED}, else null. */
  public final RestainException error;

  TaskStatus(String state, double progress, String stage, Result result, RestainException error) {
    this.state = state;
    this.progress = progress;
    this.stage = stage;
    this.result = result;
    this.error = error;
  }
}
