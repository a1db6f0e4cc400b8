/** Rooms, floors, arrows and circles, as the imports have them. */

import { roomOf, rooms } from './rooms.ts';
import type { Source } from './sources.ts';

export interface Structure {
  /** Files by floor: a file stands above everything that it imports; the ground is floor 1. */
  readonly floors: ReadonlyMap<string, number>;
  /** Imports between files. */
  readonly arrows: number;
  /** Files that import each other in a loop. */
  readonly circles: readonly (readonly string[])[];
  /** Imports between rooms that the table does not allow, and files that stand in no room. */
  readonly forbidden: readonly string[];
  /** How many imports lead from one room to another: `render → rkt`. */
  readonly betweenRooms: ReadonlyMap<string, number>;
}

export function structureOf(sources: readonly Source[]): Structure {
  const imports = new Map(sources.map((source) => [source.path, source.imports]));
  const circles = circlesOf(imports);
  return {
    floors: floorsOf(imports, circles),
    arrows: sources.reduce((sum, source) => sum + source.imports.length, 0),
    circles,
    forbidden: [...misorderedRooms(), ...sources.flatMap(forbiddenImports)],
    betweenRooms: betweenRooms(sources),
  };
}

/** Mistakes of the table itself: an arrow to a room that stands later in it, or that there is not. */
function misorderedRooms(): string[] {
  return rooms.flatMap(({ name, mayImport }, index) => {
    const before = rooms.slice(0, index).map((room) => room.name);
    return mayImport.filter((other) => !before.includes(other)).map((other) => `hack/house/rooms.ts: ${name} → ${other}`);
  });
}

function forbiddenImports({ path, imports }: Source): string[] {
  const room = roomOf(path);
  // The version of the program, which package.json has, is all that stands beside the rooms.
  if (!room) return [`src/${path} stands in no room`];
  return imports.flatMap((other) => {
    const target = roomOf(other);
    if (!target || target.name === room.name || room.mayImport.includes(target.name)) return [];
    return [`src/${path} imports src/${other}: ${room.name} may not import ${target.name}`];
  });
}

function betweenRooms(sources: readonly Source[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path, imports } of sources) {
    for (const other of imports) {
      const [from, to] = [roomOf(path)?.name, roomOf(other)?.name];
      if (from !== undefined && to !== undefined && from !== to)
        counts.set(`${from} → ${to}`, (counts.get(`${from} → ${to}`) ?? 0) + 1);
    }
  }
  return counts;
}

type Imports = ReadonlyMap<string, readonly string[]>;

/** Strongly connected components of more than one file (Tarjan 1972). */
function circlesOf(imports: Imports): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): number => {
    index.set(path, index.size);
    low.set(path, index.size - 1);
    stack.push(path);
    for (const other of imports.get(path) ?? []) {
      if (!index.has(other)) low.set(path, Math.min(low.get(path) ?? 0, visit(other)));
      else if (stack.includes(other)) low.set(path, Math.min(low.get(path) ?? 0, index.get(other) ?? 0));
    }
    if (low.get(path) === index.get(path)) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) circles.push(circle);
    }
    return low.get(path) ?? 0;
  };
  for (const path of imports.keys()) if (!index.has(path)) visit(path);
  return circles;
}

/** Files of a circle share a floor. */
function floorsOf(imports: Imports, circles: readonly (readonly string[])[]): Map<string, number> {
  const floors = new Map<string, number>();
  const floorOf = (path: string): number => {
    const known = floors.get(path);
    if (known !== undefined) return known;
    const together = circles.find((circle) => circle.includes(path)) ?? [path];
    for (const one of together) floors.set(one, 0);
    const below = together.flatMap((one) => imports.get(one) ?? []).filter((one) => !together.includes(one));
    const floor = 1 + Math.max(0, ...below.map(floorOf));
    for (const one of together) floors.set(one, floor);
    return floor;
  };
  for (const path of imports.keys()) floorOf(path);
  return floors;
}
