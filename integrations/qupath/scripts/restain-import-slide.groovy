// Adds the nuclei and regions of a Restain result to the open image: from the address of its page, or from a file
// nuclei.geojson that was downloaded there. Coordinates are those of the file's full resolution, so the image that is
// open must be the file that was uploaded. For research use only.
// Needs restain-client.jar (README.md in this folder's parent). Every option can also be an argument:
//   QuPath script restain-import-slide.groovy -i slide.svs --args result=http://localhost:3000/analyses/5cT2nX0hY1dQk3VJw9rZbA

import qupath.lib.io.GsonTools
import restain.client.QuPathFile
import restain.client.ResultAddress
import restain.client.ScriptOptions
import static qupath.lib.gui.scripting.QPEx.*

def options = new ScriptOptions([
    result: '',              // address of the result page, or path of a file nuclei.geojson
    header: '',              // sent with every request, like Authorization: Bearer abc
    classes: 'positive',     // positive: Positive and Negative; grades: Negative, 1+, 2+, 3+
], (binding.hasVariable('args') && args ? args : []) as String[])

def server = getCurrentServer()
if (server == null) throw new IllegalStateException('There is no image open.')

def result = options.get('result')
def text
if (result.startsWith('http')) {
    def address = ResultAddress.parse(result)
    def asked = [coordinates: 'slide', geojson_classes: options.get('classes')]
    text = new String(options.client(address.server).export(address.analysisId, 'nuclei.geojson', asked), 'UTF-8')
} else if (result) text = new File(result).getText('UTF-8')
else throw new IllegalArgumentException('State the result: its address or a file, at the top of this script or as result=...')

def file = QuPathFile.read(text)
file.refuseOutside(server.getWidth(), server.getHeight())
def objects = GsonTools.parseObjectsFromGeoJSON(text)
// An id that is there already is of the same nucleus: a second import replaces the first.
def ids = objects.collect { it.getID() } as Set
removeObjects((getDetectionObjects() + getAnnotationObjects()).findAll { ids.contains(it.getID()) }, true)
addObjects(objects)
resolveHierarchy()
fireHierarchyUpdate()
println "Restain: ${file}"
