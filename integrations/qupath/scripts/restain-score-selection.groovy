// Scores the selected annotations by a Restain server, and adds the nuclei to them as detections.
//
// Of an image without a selected annotation all annotations are scored; of one without annotations the whole image.
// Nuclei that an earlier run of this script left in an annotation are replaced. What is larger than the server takes at once
// is scored by the server's own copy of the file, see send. For research use only.
// Needs restain-client.jar (README.md in this folder's parent). Every option can also be an argument:
//   QuPath script restain-score-selection.groovy -p project.qpproj --save --args regions=class:Tumor

import java.awt.Rectangle
import qupath.lib.io.GsonTools
import qupath.lib.objects.PathObjects
import qupath.lib.regions.ImagePlane
import qupath.lib.regions.RegionRequest
import qupath.lib.roi.ROIs
import restain.client.Progress
import restain.client.RegionScoring
import restain.client.RestainException
import restain.client.ScriptOptions
import restain.client.SlideScoring
import static qupath.lib.gui.scripting.QPEx.*

def options = new ScriptOptions([
    server: '',              // address, like http://localhost:3000; empty: where restain-client.jar was downloaded
    header: '',              // sent with every request, like Authorization: Bearer abc
    resolution: 'own',       // own: the image's pixel size; or 40x, 20x, 10x
    regions: 'auto',         // auto, selected, all (without the class Ignore*), image, or class:Tumor
    classes: 'positive',     // positive: Positive and Negative; grades: Negative, 1+, 2+, 3+; kinds: Tumor: Positive and so on
    threads: '2',            // tiles that are sent at once
    send: 'auto',            // tiles; slide: the file, in parts; auto: the file where a region is larger than the server takes
    accept_terms: 'no',      // yes: the terms of use on the server's home page, which a file that is sent needs
    keep: 'no',              // yes: the file stays on the server, and its address is printed
    slide: '',               // address of a slide that the server has: nothing is sent
    marker: '',              // ki67, er, pr, p53, cd3, cd8, cd138, her2, pdl1, he or other
    model: '',               // empty: what the server chooses, here and below
    prob_thresh: '',
    size_thresh: '',
    size_thresh_upper: '',
    marker_thresh: '',
    intensity_two_plus: '',
    intensity_three_plus: '',
], (binding.hasVariable('args') && args ? args : []) as String[])

// Only nuclei of Restain have it.
def OURS = 'Marker mean'
def OF_SOME_RUNS = ['Num Detections per mm^2', 'Tumor: Num Detections', 'Tumor: Num Positive', 'Tumor: Positive %']

def server = getCurrentServer()
if (server == null) throw new IllegalStateException('There is no image open.')
if (!server.isRGB()) throw new IllegalStateException('Restain scores brightfield images: this one is not RGB with 8 bits.')
def calibration = server.getPixelCalibration()
double micronsPerPixel = RegionScoring.micronsPerPixel(
    calibration.getPixelWidthMicrons() as double, calibration.getPixelHeightMicrons() as double, options.get('resolution'))
def classes = RegionScoring.Classes.of(options.get('classes'))
def image = new Rectangle(0, 0, server.getWidth(), server.getHeight())
def client = options.client()

def areas = { objects -> objects.findAll { it.isAnnotation() && it.getROI() != null && it.getROI().isArea() } }
def selected = areas.call(getSelectedObjects())
def all = areas.call(getAnnotationObjects()).findAll { it.getPathClass()?.toString() != 'Ignore*' }
def asked = options.get('regions')
def regions
if (asked == 'selected') regions = selected
else if (asked == 'all') regions = all
else if (asked == 'image') regions = []
else if (asked.startsWith('class:')) regions = all.findAll { it.getPathClass() == getPathClass(asked.substring(6)) }
else if (asked == 'auto') regions = selected ?: all
else throw new IllegalArgumentException("regions must be auto, selected, all, image or class:NAME; got \"${asked}\".")
if (regions.isEmpty() && (asked == 'image' || asked == 'auto')) {
    def whole = PathObjects.createAnnotationObject(
        ROIs.createRectangleROI(0, 0, server.getWidth(), server.getHeight(), ImagePlane.getDefaultPlane()))
    whole.setName('Whole image')
    regions = [whole]
}
if (regions.isEmpty()) throw new IllegalStateException("There is no annotation to score (regions=${asked}).")

// Runs tasks with a dialog that counts them. The server is asked to stop within a moment of Cancel, and after a failure.
// Returns whether all ended well.
def work = { List makers, int threads ->
    def failures = Collections.synchronizedList([])
    def runner = createTaskRunner(threads)
    def stop = { runner.isCancelled() || Thread.currentThread().isInterrupted() || !failures.isEmpty() }
    def progress = new Progress() {
        void report(double share, String stage) {}
        boolean isCancelled() { stop.call() }
    }
    runner.runTasks(makers.collect { maker ->
        Runnable task = {
            if (stop.call()) return
            try {
                maker.call(progress)
            } catch (Throwable problem) {
                failures.add(problem)
            }
        }
        return task
    })
    def failure = failures.find { !(it instanceof RestainException && it.code() == 'cancelled') }
    if (failure != null && !runner.isCancelled()) throw failure
    return !stop.call()
}

// Replaces the nuclei and measurements of an annotation.
def show = { annotation, nuclei, measurements ->
    int z = annotation.getROI().getZ()
    int t = annotation.getROI().getT()
    if (z != 0 || t != 0) {
        def plane = ImagePlane.getPlane(z, t)
        nuclei = nuclei.collect {
            PathObjects.createDetectionObject(it.getROI().updatePlane(plane), it.getPathClass(), it.getMeasurementList())
        }
    }
    def earlier = annotation.getChildObjects().findAll { it.isDetection() && it.getMeasurementList().containsKey(OURS) }
    removeObjects(earlier, true)
    if (annotation.getParent() == null) addObject(annotation)
    annotation.addChildObjects(nuclei)
    measurements.each { key, value -> annotation.getMeasurementList().put(key, value) }
    // Of an earlier run with another marker, or by the slide: that number is not known now.
    OF_SOME_RUNS.findAll { annotation.getMeasurementList().containsKey(it) && !measurements.containsKey(it) }.each {
        annotation.getMeasurementList().put(it, Double.NaN)
    }
    annotation.setLocked(true)
    fireHierarchyUpdate()
}

def shapes = regions.collect { it.getROI().getShape() }
def largest = shapes.collect { it.getBounds().intersection(image) }.max { (it.width as long) * it.height }
if (SlideScoring.isAskedFor(options, client, largest)) {
    def found = []
    def isDone = work.call([{ progress ->
        def scoring = SlideScoring.open(options, client, server.getURIs(), image, micronsPerPixel, progress)
        try {
            println "Restain: the slide is at ${scoring.slide.address()}"
            regions.eachWithIndex { annotation, i ->
                def numbers = scoring.score(
                    annotation.getID(), annotation.getName(), annotation.getPathClass()?.toString(), shapes[i], progress)
                found.add([annotation, numbers, []])
            }
            found.eachWithIndex { entry, i ->
                scoring.detections(shapes[i], classes.option(), progress) { entry[2].addAll(GsonTools.parseObjectsFromGeoJSON(it)) }
            }
            def scores = scoring.scores()
            println "Restain: ${scores.model}, ${scores.micronsPerPixel} µm per pixel"
            scores.warnings().each { println "Restain: ${it.detail}" }
        } finally {
            scoring.close()
        }
    }], 1)
    if (!isDone) {
        println 'Restain: cancelled; nothing was changed.'
        return
    }
    for (entry in found) {
        show.call(entry[0], entry[2], entry[1].measurements())
        println "Restain: ${entry[0].getDisplayedName()}: ${entry[1]}"
    }
    return
}

for (annotation in regions) {
    def roi = annotation.getROI()
    def scoring = new RegionScoring(client, image, micronsPerPixel, roi.getShape(), classes, options.scoring())
    def name = annotation.getDisplayedName()
    println "Restain: ${name}: ${scoring.tiles().size()} tiles"

    def nuclei = Collections.synchronizedList([])
    def isDone = work.call(scoring.tiles().collect { tile ->
        return { progress ->
            def request = RegionRequest.createInstance(
                server.getPath(), scoring.downsample, tile.x, tile.y, tile.width, tile.height, roi.getZ(), roi.getT())
            nuclei.addAll(GsonTools.parseObjectsFromGeoJSON(scoring.score(tile, server.readRegion(request), progress)))
        }
    }, options.get('threads') as int)
    if (!isDone) {
        println "Restain: ${name}: cancelled; nothing was changed."
        return
    }
    show.call(annotation, nuclei, scoring.measurements())
    println "Restain: ${name}: ${scoring}; ${scoring.provenance().model}, ${micronsPerPixel} µm per pixel"
    scoring.warnings().each { println "Restain: ${name}: ${it}" }
}
