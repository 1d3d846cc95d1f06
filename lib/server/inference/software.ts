import 'server-only';
import packageJson from '@/package.json';

/** The version of this server, as results and files state it. */
export const SOFTWARE = packageJson.version;
