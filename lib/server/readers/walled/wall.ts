import 'server-only';
import { execFile } from 'node:child_process';
import { accessSync, constants, lstatSync, readlinkSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeOwnFolder } from '@/lib/server/readers/temp/temp-folder';

/** A program that reads slides, and what it needs behind the wall. */
export type Program = {
  /** Its name and where it lies: programs that differ in it have walls of their own. */
  name: string;
  /** Files and folders of its runtime beside the system's libraries, seen at their own paths. */
  runtime: readonly string[];
  /** Files and folders of ours, by the paths at which they are seen. */
  files: Readonly<Record<string, string>>;
  env: Record<string, string>;
  /** Address space that it may take. */
  addressBytes: number;
  /** Resident memory above which it is ended when its slide is closed. */
  residentBytes: number;
  /** The command that reads slides. Where no wall of the system stands around it, it confines itself, or ends. */
  command: (seen: Seen) => string[];
  /** A command that ends at once, and well, where the program can work. */
  probe: (seen: Seen) => string[];
  /** Why it may not start, and what to do about it, for people. */
  cannotStart: string;
};

/** Paths as the process sees them. */
export type Seen = { scratch: string; slides: string; at: (path: string) => string; isWalled: boolean };

/**
 * The wall that the operating system puts around a process that parses a user's file. The process sees its slide and the
 * runtime, both read only, and a scratch folder. It sees no /proc, no network and no other process. The wall does not
 * depend on the program.
 */
export type Wall = {
  kind: WallKind;
  /** Whether the process has a user id of its own, which owns no other files. */
  hasOwnUid: boolean;
  /** Whether the system limits its memory, beside the limit of its heap. */
  hasLimits: boolean;
  /** Whether the program has started behind it. */
  works: boolean;
};
export type WallKind = 'bwrap' | 'unshare' | 'none';

/** The folders of one process, as the server sees them. */
export type Room = { root: string; slides: string; scratch: string };

/** User ids from a range that Linux distributions leave free. */
const OWN_UID = 65_531;
const MAX_SCRATCH_FILE_BYTES = 2 ** 30;
const PROBE_MS = 20_000;
const TOOLS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
const LIBRARIES = ['/lib', '/lib32', '/lib64', '/libx32', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libx32'];
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom'];
/** Paths inside the wall. */
const INSIDE = { slides: '/slide', scratch: '/tmp' };

/** What is visible inside: a folder or file of the machine, or a link. */
type Mount = { how: 'ro' | 'rw' | 'dev' | 'link'; from: string; at: string };

function findTool(name: string): string | null {
  for (const folder of TOOLS) {
    try {
      // Else the build follows every link in the project, and stops at one that leads out of it (a Python environment).
      const path = join(/*turbopackIgnore: true*/ folder, name);
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not on this machine.
    }
  }
  return null;
}

/** The path of a program that is known to be installed. */
const setprivPath = () => findTool('setpriv') as string;

/** The kinds of walls, the best first. */
function candidates(only: WallKind | undefined): Wall[] {
  const isRoot = process.getuid?.() === 0;
  const kinds: WallKind[] = process.platform === 'linux' ? ['bwrap', 'unshare', 'none'] : ['none'];
  const possible = only === undefined ? kinds : [only];
  return possible.flatMap((kind): Wall[] => {
    if (kind === 'none') return [true, false].map((hasLimits) => ({ kind, hasOwnUid: false, hasLimits, works: true }));
    if (findTool(kind) === null || findTool('prlimit') === null || findTool('setpriv') === null) return [];
    return (isRoot ? [true, false] : [false]).map((hasOwnUid) => ({ kind, hasOwnUid, hasLimits: true, works: true }));
  });
}

const walls = new Map<string, Promise<Wall>>();

/**
 * Finds the best wall that works on this machine, once, by starting the program behind it.
 *
 * @param only - the only kind that is tried, for tests
 */
export function findWall(program: Program, only?: WallKind): Promise<Wall> {
  const key = `${only} ${program.name}`;
  const found = walls.get(key) ?? tryWalls(program, only);
  walls.set(key, found);
  // A machine that is too busy now may not be later.
  const forget = () => void walls.delete(key);
  void found.then(({ works }) => works || forget(), forget);
  return found;
}

async function tryWalls(program: Program, only: WallKind | undefined): Promise<Wall> {
  for (const wall of candidates(only)) {
    const room = await makeRoom(wall);
    try {
      const probe = enclose(wall, room, program, program.probe);
      await promisify(execFile)(probe.command, probe.args, { timeout: PROBE_MS, env: probe.env });
      return wall;
    } catch {
      // The next kind may be allowed here.
    } finally {
      await removeRoom(room);
    }
  }
  return { kind: 'none', hasOwnUid: false, hasLimits: false, works: false };
}

/** Makes two folders that the process sees: one for its slide, one for scratch files. */
export async function makeRoom(wall: Wall): Promise<Room> {
  const root = await makeOwnFolder();
  const room = { root, slides: join(root, 'slides'), scratch: join(root, 'scratch') };
  // The folder above them is closed to all other users.
  for (const folder of [room.slides, room.scratch, join(root, 'inside')]) await mkdir(folder, { mode: 0o755 });
  if (wall.hasOwnUid) await chown(room.scratch, OWN_UID, OWN_UID);
  return room;
}

/** The killed process may still write for a moment. */
const removeRoom = ({ root }: Room): Promise<void> =>
  rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });

/** Lets the user of the process read what is put into its folder. */
export async function openToReader(wall: Wall, path: string): Promise<void> {
  if (!wall.hasOwnUid) return;
  await chmod(path, 0o755);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) await openToReader(wall, below);
    else if (entry.isFile()) await chmod(below, 0o644);
  }
}

/** The path under which the process sees the folder of its slide. */
export const seenSlides = (wall: Wall, room: Room): string => (wall.kind === 'none' ? room.slides : INSIDE.slides);

/** Arguments of `spawn`. */
export type Command = { command: string; args: string[]; env: NodeJS.ProcessEnv };

/** The command that runs a program behind the wall. */
export function enclose(wall: Wall, room: Room, program: Program, run: Program['command']): Command {
  const isWalled = wall.kind !== 'none';
  const own = run({
    isWalled,
    scratch: isWalled ? INSIDE.scratch : room.scratch,
    slides: seenSlides(wall, room),
    at: (path) => (isWalled ? path : (program.files[path] as string)),
  });
  const [command, ...args] = [
    ...(wall.hasLimits ? limit(program.addressBytes) : []),
    ...(isWalled ? build(wall, room, mountsOf(room, program)) : []),
    ...own,
  ];
  // No variable of the server: they hold secrets.
  const env = { PATH: TOOLS.join(':'), LANG: 'C.UTF-8', ...program.env };
  return { command: command as string, args, env: env as never };
}

const build = (wall: Wall, room: Room, mounts: Mount[]) =>
  wall.kind === 'bwrap' ? byBwrap(wall, mounts) : byUnshare(wall, room, mounts);

function limit(bytes: number): string[] {
  const prlimit = findTool('prlimit');
  return prlimit ? [prlimit, `--as=${bytes}`, `--fsize=${MAX_SCRATCH_FILE_BYTES}`, '--core=0', '--'] : [];
}

function mountsOf(room: Room, { runtime, files }: Program): Mount[] {
  const libraries = LIBRARIES.flatMap(mountOf);
  const covered = libraries.filter(({ how }) => how === 'ro').map(({ at }) => at);
  const own = [...runtime, setprivPath()].filter((path) => !isBelow(path, covered));
  return [
    ...libraries,
    ...own.map((path): Mount => ({ how: 'ro', from: path, at: path })),
    ...DEVICES.map((path): Mount => ({ how: 'dev', from: path, at: path })),
    ...Object.entries(files).map(([at, from]): Mount => ({ how: 'ro', from, at })),
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
    // By default it makes folders that only root may enter.
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

/** The same with unshare: a file system of the visible files, entered by chroot, without the right to leave it. */
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
