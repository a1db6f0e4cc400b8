/** The lint of the rooms, as a configuration of Biome: what a file of each room may import, and what only rooms that reach outside may name. */

import { type Room, rooms } from './rooms.ts';

const modules = [
  'fs',
  'net',
  'tls',
  'dns',
  'dgram',
  'http',
  'https',
  'http2',
  'child_process',
  'cluster',
  'worker_threads',
  'os',
  'process',
  'timers',
  'perf_hooks',
  'readline',
  'module',
  'vm',
];
const packages = ['@kubernetes/**', '@jellybrick/**', 'pino', 'pino-pretty', 'prom-client', 'yargs', 'yargs/**', 'picocolors'];

const globals = [
  'Date',
  'performance',
  'process',
  'console',
  'crypto',
  'fetch',
  'WebSocket',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'require',
  'globalThis',
];

const outsideMessage =
  'This room does not reach the world by itself (hack/house/rooms.ts): take it as an argument, or through an interface of node/ports.';

/** The content of biome.rooms.json, which biome.json extends. */
export function roomsLint(): object {
  return { overrides: rooms.map(overrideOf) };
}

function overrideOf(room: Room): object {
  const style = {
    noRestrictedImports: error({ paths: room.reachesOutside ? {} : { 'node:crypto': onlyHashes }, patterns: patternsOf(room) }),
    ...(!room.reachesOutside && {
      noRestrictedGlobals: error({ deniedGlobals: Object.fromEntries(globals.map((name) => [name, outsideMessage])) }),
    }),
  };
  return {
    includes: [`src/${room.name}/**`],
    linter: { rules: { style } },
    ...(!room.reachesOutside && { plugins: ['./hack/house/no-random.grit'] }),
  };
}

const onlyHashes = { allowImportNames: ['createHash'], message: outsideMessage };

function error(options: object): object {
  return { level: 'error', options };
}

function patternsOf(room: Room): object[] {
  const forbidden = rooms.filter(({ name }) => name !== room.name && !room.mayImport.includes(name)).map(({ name }) => name);
  const outside = {
    group: [...modules.flatMap((name) => [`node:${name}`, `node:${name}/**`]), ...packages],
    message: outsideMessage,
  };
  const arrows = forbidden.map((name) => ({
    group: [`**/${folderIn(name, room)}/**`],
    message: `${room.name} may not import ${name}: the table in hack/house/rooms.ts says which arrows there are.`,
  }));
  return room.reachesOutside ? arrows : [outside, ...arrows];
}

/** From inside src/node the way to `node/decide` is `../decide`. */
function folderIn(name: string, room: Room): string {
  const [folder, ...inside] = name.split('/');
  return inside.length > 0 && room.name.startsWith(`${folder}/`) ? inside.join('/') : name;
}
