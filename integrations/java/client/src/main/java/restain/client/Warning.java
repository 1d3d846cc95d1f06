package restain.client;

/** A doubt about the numbers. */
public final class Warning {
  /** Stable name of the warning. */
  public final String code;

  /** A sentence with the numbers in question. */
  public final String detail;

  Warning(String code, String detail) {
    this.code = code;
    this.detail = detail;
  }

  @Override
  public String toString() {
    return detail + " (" + code + ")";
  }
}
