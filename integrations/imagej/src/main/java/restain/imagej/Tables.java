package restain.imagej;

import ij.measure.ResultsTable;
import java.util.List;
import java.util.stream.Collectors;
import restain.client.MembraneScore;
import restain.client.Nucleus;
import restain.client.RegionNumbers;
import restain.client.Result;
import restain.client.SlideScores;
import restain.client.Thresholds;
import restain.client.TumourCount;
import restain.client.Warning;

/** Rows in ImageJ's tables. They are appended: earlier rows stay. */
final class Tables {
  static final String NUCLEI = "Restain nuclei";

  private Tables() {}

  /** One row in the table Results for an image or region. */
  static void add(Scored scored) {
    Result result = scored.result;
    ResultsTable table = row(scored.image, scored.region);
    double[] interval = result.interval();
    addIndex(table, "", result.total, result.positive, result.percent);
    table.addValue("95% low", interval == null ? Double.NaN : interval[0]);
    table.addValue("95% high", interval == null ? Double.NaN : interval[1]);
    table.addValue("H-score", result.hScore());
    table.addValue("Allred score", result.allred());
    addTumour(table, result.tumour());
    MembraneScore membrane = result.membrane();
    if (membrane != null) addMembrane(table, membrane);
    addSettings(table, result.thresholds, result.provenance.micronsPerPixel, result.provenance.model, result.warnings());
    table.show("Results");
  }

  /** One row in the table Results for an image or region that was sent as a slide. */
  static void add(Target target, LargeScored scored) {
    RegionNumbers numbers = scored.numbers;
    ResultsTable table = row(target.image.getTitle(), target.name);
    addIndex(table, "", numbers.total, numbers.positive, numbers.percent);
    table.addValue("95% low", numbers.low);
    table.addValue("95% high", numbers.high);
    table.addValue("H-score", numbers.hScore);
    table.addValue("Allred score", numbers.allred);
    addTumour(table, numbers.tumour);
    if (numbers.membrane != null) addMembrane(table, numbers.membrane);
    SlideScores scores = scored.scores;
    addSettings(table, scores.thresholds, scores.micronsPerPixel, scores.model, scores.warnings());
    table.show("Results");
  }

  private static void addTumour(ResultsTable table, TumourCount tumour) {
    if (tumour != null) addIndex(table, "Tumor: ", tumour.total, tumour.positive, tumour.percent);
  }

  private static void addMembrane(ResultsTable table, MembraneScore membrane) {
    table.addValue("Membrane: Num Tumor", membrane.total);
    table.addValue("Membrane: Complete %", membrane.completePercent());
    table.addValue("TPS %", membrane.tps);
    table.addValue("TPS 95% low", membrane.low);
    table.addValue("TPS 95% high", membrane.high);
    table.addValue("CPS", membrane.cps);
    table.addValue("HER2 pattern", membrane.her2Pattern);
  }

  private static void addIndex(ResultsTable table, String of, int total, int positive, double percent) {
    table.addValue(of + "Num Detections", total);
    table.addValue(of + "Num Positive", positive);
    table.addValue(of + "Num Negative", total - positive);
    table.addValue(of + "Positive %", percent);
  }

  private static void addSettings(
      ResultsTable table, Thresholds thresholds, double micronsPerPixel, String model, List<Warning> warnings) {
    table.addValue("Segmentation threshold", thresholds.prob);
    table.addValue("Minimum size px", thresholds.size);
    table.addValue("Maximum size px", thresholds.sizeUpper == null ? "none" : thresholds.sizeUpper.toString());
    table.addValue("Marker threshold", thresholds.marker == null ? "none" : thresholds.marker.toString());
    table.addValue("Pixel size µm", micronsPerPixel);
    table.addValue("Model", model);
    table.addValue("Warnings", warnings.stream().map(warning -> warning.code).collect(Collectors.joining(" ")));
  }

  /** One row in the table Results for an image that could not be scored. */
  static void addFailure(String image, String sentence) {
    ResultsTable table = row(image, "");
    table.addValue("Error", sentence);
    table.show("Results");
  }

  private static ResultsTable row(String image, String region) {
    ResultsTable table = ResultsTable.getResultsTable();
    // A row without a number of the tumour has none, and not 0.
    table.setNaNEmptyCells(true);
    table.incrementCounter();
    table.addLabel(image);
    table.addValue("Region", region);
    return table;
  }

  /** One row for each nucleus, in pixels of the image. Without a display there is no such table. */
  static void addNuclei(Target target, List<Nucleus> nuclei) {
    if (Command.isHeadless()) return;
    ResultsTable open = ResultsTable.getResultsTable(NUCLEI);
    ResultsTable table = open == null ? new ResultsTable() : open;
    table.setNaNEmptyCells(true);
    for (Nucleus nucleus : nuclei) {
      table.incrementCounter();
      table.addLabel(target.image.getTitle());
      table.addValue("Region", target.name);
      table.addValue("Nucleus", nucleus.id);
      table.addValue("Class", Nuclei.className(nucleus));
      table.addValue("X px", target.part.x + nucleus.x);
      table.addValue("Y px", target.part.y + nucleus.y);
      table.addValue("Area px", nucleus.areaPx);
      table.addValue("Nucleus: Area µm^2", nucleus.areaUm2);
      table.addValue("Marker max", nucleus.markerMax);
      table.addValue("Marker mean", nucleus.markerMean);
      table.addValue("OD mean", nucleus.odMean);
      if (nucleus.kind.isEmpty()) continue;
      table.addValue("Kind", nucleus.kind);
      table.addValue("Kind likelihood", nucleus.kindLikelihood);
      if (Double.isNaN(nucleus.membraneCompleteness)) continue;
      table.addValue("Membrane: Completeness", nucleus.membraneCompleteness);
      table.addValue("Membrane: DAB OD mean", nucleus.membraneOd);
      table.addValue("Cytoplasm: DAB OD median", nucleus.cytoplasmOd);
    }
    table.show(NUCLEI);
  }
}
