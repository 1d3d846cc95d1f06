package restain.imagej;

import ij.measure.ResultsTable;
import java.util.stream.Collectors;
import restain.client.Nucleus;
import restain.client.Result;

/** Rows in ImageJ's tables. They are appended: earlier rows stay. */
final class Tables {
  static final String NUCLEI = "Restain nuclei";

  private Tables() {}

  /** One row in the table Results for an image or region. */
  static void add(Scored scored) {
    Result result = scored.result;
    ResultsTable table = row(scored.image, scored.region);
    double[] interval = result.interval();
    table.addValue("Num Detections", result.total);
    table.addValue("Num Positive", result.positive);
    table.addValue("Num Negative", result.negative());
    table.addValue("Positive %", result.percent);
    table.addValue("95% low", interval == null ? Double.NaN : interval[0]);
    table.addValue("95% high", interval == null ? Double.NaN : interval[1]);
    table.addValue("H-score", result.hScore());
    table.addValue("Allred score", result.allred());
    table.addValue("Segmentation threshold", result.thresholds.prob);
    table.addValue("Minimum size px", result.thresholds.size);
    table.addValue("Maximum size px", result.thresholds.sizeUpper == null ? "none" : result.thresholds.sizeUpper.toString());
    table.addValue("Marker threshold", result.thresholds.marker == null ? "none" : result.thresholds.marker.toString());
    table.addValue("Pixel size µm", result.provenance.micronsPerPixel);
    table.addValue("Model", result.provenance.model);
    table.addValue("Warnings", result.warnings().stream().map(warning -> warning.code).collect(Collectors.joining(" ")));
    table.show("Results");
  }

  /** One row in the table Results for an image that could not be scored. */
  static void addFailure(String image, String sentence) {
    ResultsTable table = row(image, "");
    table.addValue("Error", sentence);
    table.show("Results");
  }

  private static ResultsTable row(String image, String region) {
    ResultsTable table = ResultsTable.getResultsTable();
    table.incrementCounter();
    table.addLabel(image);
    table.addValue("Region", region);
    return table;
  }

  /** One row for each nucleus, in pixels of the image. Without a display there is no such table. */
  static void addNuclei(Scored scored) {
    if (Command.isHeadless()) return;
    ResultsTable open = ResultsTable.getResultsTable(NUCLEI);
    ResultsTable table = open == null ? new ResultsTable() : open;
    for (Nucleus nucleus : scored.result.nuclei()) {
      table.incrementCounter();
      table.addLabel(scored.image);
      table.addValue("Region", scored.region);
      table.addValue("Nucleus", nucleus.id);
      table.addValue("Class", Nuclei.className(nucleus));
      table.addValue("X px", scored.x + nucleus.x);
      table.addValue("Y px", scored.y + nucleus.y);
      table.addValue("Area px", nucleus.areaPx);
      table.addValue("Nucleus: Area µm^2", nucleus.areaUm2);
      table.addValue("Marker max", nucleus.markerMax);
      table.addValue("Marker mean", nucleus.markerMean);
      table.addValue("OD mean", nucleus.odMean);
    }
    table.show(NUCLEI);
  }
}
