"""Reads MIRAX slides for the server with libopenslide, over standard input and output, one request at a time.

A request is a frame: 4 bytes of length (big-endian), then UTF-8 words separated by tabs. An answer is 1 byte of kind
('J' JSON, 'P' pixels, 'E' an error as JSON), 4 bytes of length, then as many bytes.

  open FOLDER FILE               -> J: size, levels, pixel size, magnification of the part that was scanned
  read LEVEL X Y WIDTH HEIGHT    -> P: WIDTH x HEIGHT x 4 bytes: blue, green, red, alpha, premultiplied by alpha
  close                          -> J

Arguments: the library, the folder of all files that may be read, and `walled` where a wall of the system stands around the
process, else `alone`: then it must confine itself, or it ends. `unconfined` is for tests of the system's wall. With `probe`
it ends well where it can work.
"""

import ctypes
import json
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import confine

MAX_REQUEST_BYTES = 16_384
MAX_PIXELS = 1 << 24
# No other format is opened: the others have readers of their own, or would be read with fewer checks.
VENDOR = b'mirax'


class Failure(Exception):
    """A failure by its code. Never with a message of the library, which can quote the file."""

    def __init__(self, code, cause):
        super().__init__(code)
        self.code, self.cause = code, cause


def load(path):
    library = ctypes.CDLL(path)
    text, slide, int64 = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int64
    for name, result, arguments in [
        ('openslide_detect_vendor', text, [text]),
        ('openslide_open', slide, [text]),
        ('openslide_close', None, [slide]),
        ('openslide_get_error', text, [slide]),
        ('openslide_get_property_value', text, [slide, text]),
        ('openslide_get_level_count', ctypes.c_int32, [slide]),
        ('openslide_get_level_downsample', ctypes.c_double, [slide, ctypes.c_int32]),
        ('openslide_read_region', None, [slide, ctypes.c_void_p, int64, int64, ctypes.c_int32, int64, int64]),
    ]:
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Slide:
    def __init__(self, library, path):
        self.library, self.path = library, path
        if library.openslide_detect_vendor(path) != VENDOR:
            raise Failure('unknown_format', 'no MIRAX slide')
        self.handle = None
        self.open()
        # Where all of the glass was scanned, the library states no bounds.
        self.left, self.top = self.number('openslide.bounds-x') or 0, self.number('openslide.bounds-y') or 0
        self.width = self.number('openslide.bounds-width') or self.number('openslide.level[0].width')
        self.height = self.number('openslide.bounds-height') or self.number('openslide.level[0].height')
        if not self.width or not self.height:
            raise Failure('empty', 'no photo')

    def open(self):
        self.handle = self.library.openslide_open(self.path)
        if self.handle is None:
            raise Failure('unknown_format', 'not opened')
        self.check('open')

    def check(self, cause):
        """After an error the library refuses all further requests, so the slide is opened anew for the next one."""
        if self.library.openslide_get_error(self.handle) is not None:
            self.close()
            raise Failure('damaged', cause)

    def close(self):
        if self.handle is not None:
            self.library.openslide_close(self.handle)
        self.handle = None

    def number(self, name, kind=int):
        try:
            return kind(self.library.openslide_get_property_value(self.handle, name.encode()))
        except (TypeError, ValueError):
            return None

    def describe(self):
        levels = []
        for level in range(self.library.openslide_get_level_count(self.handle)):
            downsample = self.library.openslide_get_level_downsample(self.handle, level)
            levels.append({
                'width': max(1, round(self.width / downsample)),
                'height': max(1, round(self.height / downsample)),
            })
        return {
            'width': self.width,
            'height': self.height,
            'levels': levels,
            'micronsPerPixel': self.number('openslide.mpp-x', float),
            'micronsPerPixelY': self.number('openslide.mpp-y', float),
            'magnification': self.number('openslide.objective-power', float),
        }

    def read(self, level, x, y, width, height):
        if width < 1 or height < 1 or width * height > MAX_PIXELS:
            raise Failure('bad_request', 'size')
        if self.handle is None:
            self.open()
        downsample = self.library.openslide_get_level_downsample(self.handle, level)
        pixels = ctypes.create_string_buffer(width * height * 4)
        left, top = self.left + round(x * downsample), self.top + round(y * downsample)
        self.library.openslide_read_region(self.handle, pixels, left, top, level, width, height)
        self.check('read')
        return pixels


class Reader:
    def __init__(self, library):
        self.library, self.slide = library, None

    def answer(self, words):
        verb, rest = words[0], words[1:]
        if verb == 'open':
            self.close()
            self.slide = Slide(self.library, rest[1].encode())
            return b'J', json.dumps(self.slide.describe()).encode()
        if verb == 'close':
            self.close()
            return b'J', b'{}'
        if verb == 'read' and self.slide is not None:
            return b'P', self.slide.read(*map(int, rest))
        raise Failure('bad_request', 'verb')

    def close(self):
        if self.slide is not None:
            self.slide.close()
        self.slide = None


def main(library):
    reader, source, target = Reader(library), sys.stdin.buffer, sys.stdout.buffer
    while True:
        head = source.read(4)
        length = struct.unpack('>I', head)[0] if len(head) == 4 else MAX_REQUEST_BYTES + 1
        if length > MAX_REQUEST_BYTES:
            return
        try:
            kind, body = reader.answer(source.read(length).decode().split('\t'))
        except Failure as failure:
            kind, body = b'E', json.dumps({'code': failure.code, 'cause': failure.cause}).encode()
        except MemoryError:
            kind, body = b'E', json.dumps({'code': 'memory', 'cause': 'MemoryError'}).encode()
        except Exception as error:
            kind, body = b'E', json.dumps({'code': 'damaged', 'cause': type(error).__name__}).encode()
        target.write(kind + struct.pack('>I', len(body)))
        target.write(memoryview(body))
        target.flush()


if __name__ == '__main__':
    path, folder, around, *rest = sys.argv[1:]
    loaded = load(path)
    try:
        if around != 'unconfined':
            confine.confine(folder)
    except OSError:
        # Not on every Linux. One wall is enough.
        if around != 'walled':
            sys.exit(3)
    if rest != ['probe']:
        main(loaded)
