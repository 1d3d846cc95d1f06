import { HEIGHT, WIDTH } from './drawn-slide';

const SIZE = `SizeX="${WIDTH}" SizeY="${HEIGHT}"`;
const UUID = 'urn:uuid:1b2c3d4e-0000-0000-0000-000000000000';
const OME = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';
const omePixels = (data: string) =>
  `<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" ${SIZE} SizeC="3" SizeZ="1" SizeT="1"><Channel ID="Channel:0:0" SamplesPerPixel="3"/>${data}</Pixels></Image>`;
const xml = (body: string) => `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;

/**
 * Formats whose header is text and names the file with the pixels: the name of such a header in a ZIP, and a header that
 * names `path`.
 */
export const HEADERS: { format: string; main: string; make: (path: string) => string }[] = [
  {
    format: 'NRRD, detached',
    main: 'a.nhdr',
    make: (path) =>
      `NRRD0004\ntype: unsigned char\ndimension: 3\nsizes: 3 ${WIDTH} ${HEIGHT}\nencoding: raw\ndata file: ${path}\n`,
  },
  {
    format: 'NRRD, attached by name',
    main: 'a.nrrd',
    make: (path) =>
      `NRRD0004\ntype: uchar\ndimension: 2\nsizes: ${WIDTH} ${HEIGHT}\nencoding: raw\ndatafile: ${path}\n\n`,
  },
  {
    format: 'ICS',
    main: 'a.ics',
    make: (path) =>
      `\t\nics_version\t1.0\nfilename\t${path}\nlayout\tparameters\t4\nlayout\torder\tbits\tx\ty\tch\nlayout\tsizes\t8\t${WIDTH}\t${HEIGHT}\t3\nrepresentation\tformat\tinteger\nrepresentation\tsign\tunsigned\nrepresentation\tcompression\tuncompressed\nend\n`,
  },
  {
    format: 'ICS, version 2',
    main: 'b.ics',
    make: (path) =>
      `\t\nics_version\t2.0\nfilename\t${path}\nlayout\tparameters\t3\nlayout\torder\tbits\tx\ty\nlayout\tsizes\t8\t${WIDTH}\t${HEIGHT}\nsource\tfile\t${path}\nsource\toffset\t0\nend\n`,
  },
  {
    format: 'file pattern',
    main: 'a.pattern',
    make: (path) => path,
  },
  {
    format: 'file pattern with a range',
    main: 'b.pattern',
    make: (path) => `${path.replace(/.$/, '<a-z>')}\n`,
  },
  {
    format: 'OME companion',
    main: 'a.companion.ome',
    make: (path) =>
      xml(
        `<OME xmlns="${OME}">${omePixels(`<TiffData IFD="0" PlaneCount="1"><UUID FileName="${path}">${UUID}</UUID></TiffData>`)}</OME>`,
      ),
  },
  {
    format: 'OME-XML',
    main: 'a.ome',
    make: (path) =>
      xml(
        `<!DOCTYPE OME [<!ENTITY x SYSTEM "file://${path}">]><OME xmlns="${OME}">${omePixels(`<BinData BigEndian="false" Length="18432">&x;</BinData>`)}</OME>`,
      ),
  },
  {
    format: 'NDPIS',
    main: 'a.ndpis',
    make: (path) => `[NanoZoomer Digital Pathology Image Set]\r\nNoImages=1\r\nImage0=${path}\r\n`,
  },
  {
    format: 'AFI',
    main: 'a.afi',
    make: (path) => xml(`<ImageList><Image><Path>${path}</Path><ID>1</ID></Image></ImageList>`),
  },
  {
    format: 'Hamamatsu VMS',
    main: 'a.vms',
    make: (path) =>
      `[Virtual Microscope Specimen]\r\nNoLayers=1\r\nNoJpegColumns=1\r\nNoJpegRows=1\r\nImageFile=${path}\r\nMapFile=${path}\r\nMacroImage=${path}\r\nOptimisationFile=${path}\r\nPhysicalWidth=1000\r\nPhysicalHeight=1000\r\nSourceLens=20\r\n`,
  },
  {
    format: 'Micro-Manager',
    main: 'metadata.txt',
    make: (path) =>
      `{"Summary":{"Slices":1,"Frames":1,"Channels":1,"Width":${WIDTH},"Height":${HEIGHT},"IJType":4,"Prefix":"x"},"FrameKey-0-0-0":{"FileName":"${path}","Width":${WIDTH},"Height":${HEIGHT}}}`,
  },
  {
    format: 'Prairie',
    main: 'a.xml',
    make: (path) =>
      xml(
        `<PVScan version="5.4" date="1/1/2020 1:00:00 AM"><Sequence type="Single" cycle="1"><Frame index="1"><File channel="1" channelName="a" page="1" filename="${path}"/><PVStateShard><PVStateValue key="pixelsPerLine" value="${WIDTH}"/><PVStateValue key="linesPerFrame" value="${HEIGHT}"/></PVStateShard></Frame></Sequence></PVScan>`,
      ),
  },
  {
    format: 'Hitachi',
    main: 'b.txt',
    make: (path) => `[SemImageFile]\r\nInstructName=S\r\nImageName=${path}\r\nDataSize=${WIDTH}x${HEIGHT}\r\n`,
  },
  {
    format: 'MetaMorph',
    main: 'a.nd',
    make: (path) =>
      `"NDInfoFile", Version 1.0\r\n"StartTime1", 20200101 01:00:00\r\n"DoTimelapse", FALSE\r\n"DoStage", FALSE\r\n"DoWave", TRUE\r\n"NWavelengths", 1\r\n"WaveName1", "${path}"\r\n"WaveDoZ1", FALSE\r\n"DoZSeries", FALSE\r\n"EndFile"\r\n`,
  },
  {
    format: 'CellWorX',
    main: 'a.htd',
    make: (path) =>
      `"HTSInfoFile", Version 1.0\r\n"Description", "${path}"\r\n"TimePoints", 1\r\n"XWells", 1\r\n"YWells", 1\r\n"WellsSelection1", TRUE\r\n"Sites", FALSE\r\n"Waves", TRUE\r\n"NWavelengths", 1\r\n"WaveName1", "${path}"\r\n"EndFile"\r\n`,
  },
  {
    format: 'InCell',
    main: 'a.xdce',
    make: (path) =>
      xml(
        `<ImageStack UUID="x"><Plate name="IN Cell Analyzer"/><Images number="1"><Image acquisition_time_ms="1" filename="${path}"><Identifier field_index="0" z_index="0" wave_index="0" time_index="0"/><Well label="A - 1"><Row number="1"/><Column number="1"/></Well></Image></Images></ImageStack>`,
      ),
  },
  {
    format: 'Columbus',
    main: 'MeasurementIndex.ColumbusIDX.xml',
    make: (path) =>
      xml(
        `<ColumbusMeasurementIndex><Screens/><Plates><Plate><Name>a</Name></Plate></Plates><Wells/><Images><Image><id>1</id><URL>${path}</URL><Row>1</Row><Col>1</Col></Image></Images></ColumbusMeasurementIndex>`,
      ),
  },
  {
    format: 'Operetta',
    main: 'Index.idx.xml',
    make: (path) =>
      xml(
        `<EvaluationInputData xmlns="http://www.perkinelmer.com/PEHH/HarmonyV5"><InstrumentType>Harmony Phenix</InstrumentType><Plates><Plate><PlateRows>1</PlateRows><PlateColumns>1</PlateColumns><Well id="0101"/></Plate></Plates><Wells><Well><id>0101</id><Row>1</Row><Col>1</Col><Image id="i"/></Well></Wells><Images><Image Version="1"><id>i</id><URL>${path}</URL><Row>1</Row><Col>1</Col><FieldID>1</FieldID><PlaneID>1</PlaneID><ChannelID>1</ChannelID><ImageSizeX>${WIDTH}</ImageSizeX><ImageSizeY>${HEIGHT}</ImageSizeY></Image></Images></EvaluationInputData>`,
      ),
  },
  {
    format: 'CellVoyager',
    main: 'MeasurementResult.xml',
    make: (path) =>
      xml(
        `<bts:Measurement xmlns:bts="x"><SoftwareVersion>1.0</SoftwareVersion><Attachment><OMEXMLFileName>${path}</OMEXMLFileName></Attachment><FilenamePattern>${path}</FilenamePattern></bts:Measurement>`,
      ),
  },
  {
    format: 'Leica XLEF',
    main: 'a.xlef',
    make: (path) =>
      xml(
        `<LMSDataContainerHeader Version="2"><Element Name="a" UniqueID="1"><Children><Reference File="${path}" UUID="1"/></Children></Element></LMSDataContainerHeader>`,
      ),
  },
  {
    format: 'Olympus OIF',
    main: 'a.oif',
    make: (path) =>
      `[ProfileSaveInfo]\r\nIniFileName0="${path}"\r\nPtyFileNameS="${path}"\r\nLutFileName0="${path}"\r\n[Reference Image Parameter]\r\nImageHeight=${HEIGHT}\r\nImageWidth=${WIDTH}\r\n`,
  },
  {
    format: 'Olympus tiles',
    main: 'a.omp2info',
    make: (path) =>
      xml(
        `<matl:properties xmlns:matl="m" xmlns:marker="k"><matl:group><matl:area><matl:image>${path}</matl:image><matl:xIndex>0</matl:xIndex><matl:yIndex>0</matl:yIndex></matl:area></matl:group></matl:properties>`,
      ),
  },
  {
    format: 'PerkinElmer',
    main: 'a.htm',
    make: (path) =>
      `<HTML><HEAD></HEAD><body><p>Experiment details:</p><p>Image Width</p><p>${WIDTH}</p><p>Image Length</p><p>${HEIGHT}</p><p>File</p><p>${path}</p></body></HTML>`,
  },
  {
    format: 'Visitech',
    main: 'a Report.html',
    make: (path) =>
      `<html><body>Image bit depth: 8<br>Image dimensions: (${WIDTH}, ${HEIGHT})<br>Number of steps: 1<br>[USE SAME FILE] ${path}<br></body></html>`,
  },
  {
    format: 'Inveon',
    main: 'a.hdr',
    make: (path) =>
      `#\n# Header file for data file ${path}\n#\nfile_name ${path}\ndata_type 1\nnumber_of_dimensions 3\nx_dimension ${WIDTH}\ny_dimension ${HEIGHT}\nz_dimension 1\ntotal_frames 1\nframe 0\ndata_file_pointer 0 0\n`,
  },
  {
    format: 'MetaImage',
    main: 'a.mhd',
    make: (path) =>
      `ObjectType = Image\nNDims = 2\nDimSize = ${WIDTH} ${HEIGHT}\nElementType = MET_UCHAR\nElementNumberOfChannels = 3\nElementDataFile = ${path}\n`,
  },
  {
    format: 'Bio-Formats’ address file',
    main: 'a.urlreader',
    make: (path) => `file://${path}`,
  },
  {
    format: 'Zarr and S3 addresses',
    main: 'a.screen',
    make: (path) => `[Plate]\nfiles = ${path}\n`,
  },
];
