// Run by ScriptsTest in Groovy 3, 4 and 5: what the scripts do with the client, on a blank picture and without QuPath.
import java.awt.Rectangle
import java.awt.image.BufferedImage
import restain.client.Progress
import restain.client.QuPathFile
import restain.client.Region
import restain.client.RegionScoring
import restain.client.RestainException
import restain.client.ResultAddress
import restain.client.ScriptOptions
import restain.client.SlideAnnotation
import restain.client.SlideScoring

def options = new ScriptOptions([
    server: url,
    header: '',
    threads: '2',
    send: 'slide',
    accept_terms: 'yes',
    keep: 'no',
    slide: '',
    prob_thresh: '',
], (binding.hasVariable('args') && args ? args : ['threads=3']) as String[])
assert (options.get('threads') as int) == 3

def client = options.client()
double micronsPerPixel = RegionScoring.micronsPerPixel(0.25 as double, 0.25 as double, 'own')
def classes = RegionScoring.Classes.of('kinds')
def image = new Rectangle(0, 0, 320, 240)
def scoring = new RegionScoring(client, image, micronsPerPixel, new Rectangle(10, 10, 99, 99), classes, options.scoring())

def texts = Collections.synchronizedList([])
def failures = Collections.synchronizedList([])
def stop = { Thread.currentThread().isInterrupted() || !failures.isEmpty() }
def progress = new Progress() {
    void report(double share, String stage) {}
    boolean isCancelled() { stop.call() }
}
def tasks = scoring.tiles().collect { tile ->
    Runnable task = {
        if (stop.call()) return
        try {
            // RegionRequest.createInstance takes whole numbers, and none else.
            assert [tile.x, tile.y, tile.width, tile.height].every { it instanceof Integer }
            assert scoring.downsample instanceof Double
            def pixels = new BufferedImage(tile.width, tile.height, BufferedImage.TYPE_INT_RGB)
            pixels.createGraphics().with { it.fillRect(0, 0, tile.width, tile.height) }
            texts.add(scoring.score(tile, pixels, progress))
        } catch (Throwable failure) {
            failures.add(failure)
        }
    }
    return task
}
assert tasks.size() == 1 && tasks[0] instanceof Runnable
tasks.each { it.run() }
if (!failures.isEmpty()) throw failures[0]
assert QuPathFile.read(texts[0]).nuclei == 0

def measured = [:]
scoring.measurements().each { key, value -> measured.put(key, value) }
assert measured['Num Detections'] == 0d && measured['H-score'] instanceof Double
assert scoring.provenance().model
assert !scoring.warnings().isEmpty()

// An interrupted or cancelled tile is a failure of this kind.
def cancelled = new Progress() {
    void report(double share, String stage) {}
    boolean isCancelled() { true }
}
try {
    scoring.score(scoring.tiles()[0], new BufferedImage(scoring.tiles()[0].width, scoring.tiles()[0].height, 1), cancelled)
    assert false
} catch (RestainException error) {
    failures.add(error)
}
assert failures.find { !(it instanceof RestainException && it.code() == 'cancelled') } == null && !failures.isEmpty()

def regions = [[null, 'Ignore*']].collect { Region.ofAnnotation(it[0], it[1]?.toString(), image) }
assert regions[0].isExcluded
assert ResultAddress.parse('http://h/analyses/a').server == 'http://h' && ResultAddress.parse('http://h/slides/a').isSlide

// As restain-score-selection.groovy does it: a list of closures in tasks, and a progress that an inner class tells.
def work = { List makers, int threads ->
    def problems = Collections.synchronizedList([])
    def halt = { Thread.currentThread().isInterrupted() || !problems.isEmpty() }
    def reports = new Progress() {
        void report(double share, String stage) {}
        boolean isCancelled() { halt.call() }
    }
    def runnables = makers.collect { maker ->
        Runnable task = {
            if (halt.call()) return
            try {
                maker.call(reports)
            } catch (Throwable problem) {
                problems.add(problem)
            }
        }
        return task
    }
    runnables.each { it.run() }
    def first = problems.find { !(it instanceof RestainException && it.code() == 'cancelled') }
    if (first != null) throw first
    return !halt.call()
}

def shapes = [new Rectangle(10, 10, 99, 99)]
def largest = shapes.collect { it.getBounds().intersection(image) }.max { (it.width as long) * it.height }
assert SlideScoring.isAskedFor(options, client, largest)
def found = []
def address
def isDone = work.call([{ progressOfTask ->
    def slides = SlideScoring.open(options, client, [new File(file).toURI()], image, micronsPerPixel, progressOfTask)
    try {
        address = slides.slide.address()
        shapes.eachWithIndex { shape, i ->
            found.add([shape, slides.score(UUID.randomUUID(), null, 'Tumor', shape, progressOfTask), []])
        }
        found.eachWithIndex { entry, i ->
            slides.detections(shapes[i], classes.option(), progressOfTask) { entry[2].add(it) }
        }
        assert slides.scores().model && slides.scores().micronsPerPixel == 0.25d
        assert slides.scores().warnings().isEmpty()
        SlideScoring.refuseOther(slides.slide.status(), 320, 240)
        assert QuPathFile.read(slides.slide.regions()).regions >= 1
        def sent = slides.slide.addAnnotations([[null, 'Stroma']].collect {
            SlideAnnotation.ofQuPath(UUID.randomUUID(), it[0], it[1]?.toString(), image)
        })
        assert sent.all.size() >= 2
        assert slides.slide.detections(null, 'positive', Progress.NONE) { entry -> assert entry } == 0
        assert SlideScoring.slideAt(options, address).scores().toString()
    } finally {
        slides.close()
    }
}], 1)
assert isDone && found[0][1].measurements()['Num Detections'] == 0d
assert "${found[0][1]}".startsWith('0.0 % positive')
return scoring
