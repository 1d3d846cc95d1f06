// Adds the nuclei and regions of a Restain result or of a whole slide to the open image: from the address of its page, or
// from a file nuclei.geojson that was downloaded there. Coordinates are those of the file's full resolution, so the image
// that is open must be the file that was uploaded. For research use only.
// Needs restain-client.jar (README.md in this folder's parent). Every option can also be an argument:
//   QuPath script restain-import-slide.groovy -i slide.svs --args result=http://localhost:3000/slides/5cT2nX0hY1dQk3VJw9rZbA

import qupath.lib.io.GsonTools
import restain.client.Progress
import restain.client.QuPathFile
import restain.client.ResultAddress
import restain.client.ScriptOptions
import restain.client.SlideScoring
import static qupath.lib.gui.scripting.QPEx.*

def options = new ScriptOptions([
    result: '',              // address of the page of a result or slide, or path of a file nuclei.geojson
    header: '',              // sent with every request, like Authorization: Bearer abc
    classes: 'positive',     // positive: Positive and Negative; grades: Negative, 1+, 2+, 3+; kinds: Tumor: Positive and so on
], (binding.hasVariable('args') && args ? args : []) as String[])

def server = getCurrentServer()
if (server == null) throw new IllegalStateException('There is no image open.')

def result = options.get('result')
if (!result) throw new IllegalArgumentException('State the result: its address or a file, at the top of this script or as result=...')
def address = result.startsWith('http') ? ResultAddress.parse(result) : null
def objects = []
def said
if (address != null && address.isSlide) {
    def slide = SlideScoring.slideAt(options, result)
    SlideScoring.refuseOther(slide.status(), server.getWidth(), server.getHeight())
    objects.addAll(GsonTools.parseObjectsFromGeoJSON(slide.regions()))
    int nuclei = slide.detections(null, options.get('classes'), Progress.NONE) {
        objects.addAll(GsonTools.parseObjectsFromGeoJSON(it))
    }
    said = "${nuclei} nuclei and ${objects.size() - nuclei} regions; ${slide.scores()}"
} else {
    def text
    if (address == null) text = new File(result).getText('UTF-8')
    else {
        def asked = [coordinates: 'slide', geojson_classes: options.get('classes')]
        text = new String(options.client(address.server).export(address.id, 'nuclei.geojson', asked), 'UTF-8')
    }
    def file = QuPathFile.read(text)
    file.refuseOutside(server.getWidth(), server.getHeight())
    objects.addAll(GsonTools.parseObjectsFromGeoJSON(text))
    said = file.toString()
}
// An id that is there already is of the same nucleus or region: a second import replaces the first.
def ids = objects.collect { it.getID() } as Set
removeObjects((getDetectionObjects() + getAnnotationObjects()).findAll { ids.contains(it.getID()) }, true)
addObjects(objects)
resolveHierarchy()
fireHierarchyUpdate()
println "Restain: ${said}"
