import 'server-only';
import { execFile } from 'node:child_process';
import { accessSync, constants, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getEnv } from '@/lib/server/env';
import { makeOwnFolder } from '@/lib/server/readers/temp/temp-folder';
import type { Installation } from './installation';

/**
 * The wall that the system puts around a process that parses a user's file: it sees its own slide and the runtime, both
 * read only, a scratch folder, and nothing else: no /proc, no network, no other process. It holds without Java's help.
 */
export type Wall = {
  kind: WallKind;
  /** Whether the process has a user id of its own, which owns nothing else. */
  hasOwnUid: boolean;
  /** Whether its memory has a limit of the system's, above that of its heap. */
  hasLimits: boolean;
};
export type WallKind = 'bwrap' | 'unshare' | 'none';

/** The folders of one process, on our side of the wall. */
export type Room = { root: string; slides: string; scratch: string };

/** Of the range that Linux distributions leave free: nobody else's. */
const OWN_UID = 65_531;
/** Address space beside the heap: code, threads, libraries, archives of classes. */
const BESIDE_HEAP_BYTES = 2 * 2 ** 30;
const MAX_SCRATCH_FILE_BYTES = 2 ** 30;
const PROBE_MS = 20_000;
const TOOLS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
const LIBRARIES = ['/lib', '/lib32', '/lib64', '/libx32', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libx32'];
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom'];
/** Inside. */
const INSIDE = { slides: '/slide', scratch: '/tmp', classes: '/reader/classes', jar: '/reader/bioformats_package.jar' };

/** What is to be seen inside: a folder or file of ours, or a link. */
type Mount = { how: 'ro' | 'rw' | 'dev' | 'link'; from: string; at: string };

function findTool(name: string): string | null {
  for (const folder of TOOLS) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Known to be there by whoever asks. */
const setprivPath = () => findTool('setpriv') as string;

/** In the order of preference. */
function candidates(only: WallKind | undefined): Wall[] {
  const isRoot = process.getuid?.() === 0;
  const kinds: WallKind[] = process.platform === 'linux' ? ['bwrap', 'unshare', 'none'] : ['none'];
  const possible = only === undefined ? kinds : [only];
  return possible.flatMap((kind): Wall[] => {
    if (kind === 'none') return [true, false].map((hasLimits) => ({ kind, hasOwnUid: false, hasLimits }));
    if (findTool(kind) === null || findTool('prlimit') === null || findTool('setpriv') === null) return [];
    return (isRoot ? [true, false] : [false]).map((hasOwnUid) => ({ kind, hasOwnUid, hasLimits: true }));
  });
}

const walls = new Map<string, Promise<Wall>>();

/**
 * The best wall that can be had here, found once by starting the runtime behind it.
 *
 * @param only - a wall that must be it: for tests
 */
export function findWall(installation: Installation, only?: WallKind): Promise<Wall> {
  const key = `${only} ${installation.java}`;
  const found = walls.get(key) ?? tryWalls(installation, only);
  walls.set(key, found);
  return found;
}

async function tryWalls(installation: Installation, only: WallKind | undefined): Promise<Wall> {
  for (const wall of candidates(only)) {
    const room = await makeRoom(wall);
    try {
      const probe = await enclose(wall, room, installation, () => ['-XX:+UseSerialGC', '-Xmx64m', '-version']);
      await promisify(execFile)(probe.command, probe.args, { timeout: PROBE_MS, env: probe.env });
      return wall;
    } catch {
      // The next one may be allowed here.
    } finally {
      await removeRoom(room);
    }
  }
  return { kind: 'none', hasOwnUid: false, hasLimits: false };
}

/** Two folders of which the process behind the wall sees one as its slide's, the other as its own. */
export async function makeRoom(wall: Wall): Promise<Room> {
  const root = await makeOwnFolder();
  const room = { root, slides: join(root, 'slides'), scratch: join(root, 'scratch') };
  // Nobody else passes the folder above them.
  for (const folder of [room.slides, room.scratch, join(root, 'inside')]) await mkdir(folder, { mode: 0o755 });
  if (wall.hasOwnUid) await chown(room.scratch, OWN_UID, OWN_UID);
  return room;
}

/** The process may write a moment longer. */
const removeRoom = ({ root }: Room): Promise<void> =>
  rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });

/** Lets the process's own user read what is put into its room. */
export async function openToReader(wall: Wall, path: string): Promise<void> {
  if (!wall.hasOwnUid) return;
  await chmod(path, 0o755);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) await openToReader(wall, below);
    else if (entry.isFile()) await chmod(below, 0o644);
  }
}

/** What the process knows the folder of its slide as. */
export const seenSlides = (wall: Wall, room: Room): string => (wall.kind === 'none' ? room.slides : INSIDE.slides);

/** What is handed to `spawn`. */
export type Command = { command: string; args: string[]; env: NodeJS.ProcessEnv };
type JavaArguments = (seen: { scratch: string; classPath: string }) => string[];

/** The command that runs Java behind the wall. */
export async function enclose(
  wall: Wall,
  room: Room,
  installation: Installation,
  javaArguments: JavaArguments,
): Promise<Command> {
  const home = await findJavaHome(installation.java);
  const seen =
    wall.kind === 'none'
      ? { scratch: room.scratch, classPath: `${installation.classes}:${installation.jar}` }
      : { scratch: INSIDE.scratch, classPath: `${INSIDE.classes}:${INSIDE.jar}` };
  const java = join(home, 'bin', 'java');
  const [command = java, ...args] = [
    ...(wall.hasLimits ? limit() : []),
    ...(wall.kind === 'none' ? [] : build(wall, room, mountsOf(room, installation, home))),
    java,
    ...javaArguments(seen),
  ];
  // Nothing of our environment: it holds secrets that a reader needs none of. Without /proc the runtime has to be told
  // where its own libraries are.
  const env = { PATH: TOOLS.join(':'), LANG: 'C.UTF-8', LD_LIBRARY_PATH: join(home, 'lib') };
  return { command, args, env: env as never };
}

const build = (wall: Wall, room: Room, mounts: Mount[]) =>
  wall.kind === 'bwrap' ? byBwrap(wall, mounts) : byUnshare(wall, room, mounts);

function limit(): string[] {
  const prlimit = findTool('prlimit');
  const bytes = getEnv().formats.heapBytes + BESIDE_HEAP_BYTES;
  return prlimit ? [prlimit, `--as=${bytes}`, `--fsize=${MAX_SCRATCH_FILE_BYTES}`, '--core=0', '--'] : [];
}

const homes = new Map<string, Promise<string>>();

/** By asking: the command may be a link, or a script that chooses among several. */
function findJavaHome(java: string): Promise<string> {
  const known = homes.get(java);
  if (known) return known;
  const asked = promisify(execFile)(java, ['-XshowSettings:properties', '-version'], { timeout: PROBE_MS }).then(
    ({ stdout, stderr }) => {
      const [, home] = /java\.home = (.+)/.exec(stdout + stderr) ?? [];
      if (home === undefined) throw new Error(`${java} does not tell its java.home.`);
      return realpathSync(home.trim());
    },
  );
  homes.set(java, asked);
  return asked;
}

function mountsOf(room: Room, { classes, jar }: Installation, home: string): Mount[] {
  const libraries = LIBRARIES.flatMap(mountOf);
  const covered = libraries.filter(({ how }) => how === 'ro').map(({ at }) => at);
  const own = [home, ...targetsOfLinks(home), setprivPath()].filter((path) => !isBelow(path, covered));
  return [
    ...libraries,
    ...own.map((path): Mount => ({ how: 'ro', from: path, at: path })),
    ...DEVICES.map((path): Mount => ({ how: 'dev', from: path, at: path })),
    { how: 'ro', from: classes, at: INSIDE.classes },
    { how: 'ro', from: jar, at: INSIDE.jar },
    { how: 'ro', from: room.slides, at: INSIDE.slides },
    { how: 'rw', from: room.scratch, at: INSIDE.scratch },
  ];
}

function mountOf(path: string): Mount[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return [{ how: 'link', from: readlinkSync(path), at: path }];
  return found?.isDirectory() ? [{ how: 'ro', from: path, at: path }] : [];
}

const isBelow = (path: string, folders: string[]) => folders.some((folder) => path.startsWith(`${folder}/`));

/** Debian keeps the runtime's settings in /etc, and links to them file by file. */
function targetsOfLinks(home: string): string[] {
  const entries = ['conf', 'lib'].flatMap((name) => {
    const folder = join(home, name);
    const names = readdirSync(folder, { withFileTypes: true, recursive: true });
    return names
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  });
  const targets = entries.flatMap((path) => {
    try {
      return [realpathSync(path)];
    } catch {
      return [];
    }
  });
  return [...new Set(targets)].filter((path) => lstatSync(path).isFile() && !isBelow(path, [home]));
}

const dropPrivileges = ({ hasOwnUid }: Wall) => [
  setprivPath(),
  ...(hasOwnUid ? ['--reuid', `${OWN_UID}`, '--regid', `${OWN_UID}`, '--clear-groups'] : []),
  ...['--bounding-set', '-all', '--inh-caps', '-all', '--no-new-privs'],
];

function byBwrap(wall: Wall, mounts: Mount[]): string[] {
  const shown = { ro: '--ro-bind', rw: '--bind', dev: '--dev-bind', link: '--symlink' };
  const made = new Set<string>();
  const views = mounts.flatMap(({ how, from, at }) => {
    const folders = ancestorsOf(at).filter((folder) => !made.has(folder));
    for (const folder of [...folders, at]) made.add(folder);
    // Without being told, it makes folders that only root may pass.
    return [...folders.flatMap((folder) => ['--perms', '0755', '--dir', folder]), shown[how], from, at];
  });
  const namespaces = ['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'];
  const rights = wall.hasOwnUid
    ? ['--cap-drop', 'ALL', ...['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`])]
    : ['--unshare-user', '--cap-drop', 'ALL'];
  return [
    findTool('bwrap') as string,
    ...['--die-with-parent', '--new-session', '--as-pid-1', ...namespaces, ...rights, ...views],
    ...['--chdir', INSIDE.scratch, '--'],
    ...(wall.hasOwnUid ? dropPrivileges(wall) : []),
  ];
}

function ancestorsOf(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`);
}

/** The same by hand: a file system of what is shown, entered by chroot, and no right left to leave it. */
const UNSHARE_SCRIPT = `
umask 022
inside=$1; shift
mount -t tmpfs -o mode=0755,nosuid,nodev,size=4m none "$inside"
while [ "$1" != -- ]; do
  how=$1; from=$2; at=$inside$3; shift 3
  mkdir -p "\${at%/*}"
  if [ "$how" = link ]; then ln -s "$from" "$at"; continue; fi
  if [ -d "$from" ]; then mkdir -p "$at"; else : > "$at"; fi
  mount --bind "$from" "$at"
  if [ "$how" = ro ]; then mount -o remount,bind,ro,nosuid,nodev "$at"; fi
done
shift
mount -o remount,bind,ro,nosuid,nodev "$inside"
exec chroot "$inside" "$@"
`;

function byUnshare(wall: Wall, room: Room, mounts: Mount[]): string[] {
  return [
    ...[setprivPath(), '--pdeathsig', 'KILL', findTool('unshare') as string, '--fork', '--kill-child'],
    ...['--mount', '--pid', '--net', '--ipc', '--uts'],
    ...(wall.hasOwnUid ? [] : ['--map-root-user']),
    ...['sh', '-euc', UNSHARE_SCRIPT, 'sh', join(room.root, 'inside')],
    ...mounts.flatMap(({ how, from, at }) => [how, from, at]),
    ...['--', ...dropPrivileges(wall)],
  ];
}
