/** spec.unit, spec.files, spec.patches, spec.health: the surroundings of the kubelet on the host. */

import { mergedDefaults } from '../defaults.ts';
import { choice, integer, list, map, notEmpty, object, optional, text, untyped, writtenPath } from './parts.ts';

const { unit, file, health } = mergedDefaults;

export const unitSchema = object(
  'The systemd unit of the kubelet. Merged per node.',
  {
    name: optional(
      text(`Name of the unit; must be the one the agent manages (its flag --unit). Default ${unit.name}.`, {
        maxLength: 255,
        pattern: '^[A-Za-z0-9:_.@-]+\\.service$',
        expects: 'the name of a systemd service, such as kubelet.service',
      }),
    ),
    mode: optional(
      choice(`Replace writes the whole unit, DropIn only adds a drop-in to the unit that is there. Default ${unit.mode}.`, [
        'Replace',
        'DropIn',
      ]),
    ),
    environment: optional(
      map(
        'Environment variables of the unit by name. Values reach the process exactly as written: nothing in them is expanded.',
        text('Value of the variable; tab and newline are allowed, other control characters are not.', { maxLength: 32768 }),
        { maxProperties: 128 },
      ),
    ),
    options: optional(
      map(
        'Further options of the unit: section, then key, then the list of its values, e.g. {Service: {RestartSec: ["5"]}}.',
        map(
          'Options of one section by key.',
          list(
            'Values of the option, one line each; a list also for a single value.',
            text('One value, written as systemd reads it.', { maxLength: 4096 }),
            {
              maxItems: 64,
            },
          ),
          { maxProperties: 128 },
        ),
        { maxProperties: 8 },
      ),
    ),
  },
  notEmpty,
);

export const fileSchema = object(
  'One extra file on the host.',
  {
    path: writtenPath(
      text('Absolute path of the file, unique in the list. Must be a place the agent allows.', {
        maxLength: 4096,
        pattern: '^(/[^/\\x00-\\x1f\\x7f]+)+$',
        expects: 'an absolute path without empty components, control characters or a slash at its end',
      }),
    ),
    mode: optional(
      text(`Mode as a string of octal digits (a bare 0644 would be the number 420). Default "${file.mode}".`, {
        maxLength: 4,
        pattern: '^0[0-7]{3}$',
        expects: 'a string of four octal digits that begins with 0, such as "0644"',
      }),
    ),
    content: optional(
      text('Content of the file, in UTF-8. All files of an object together hold at most 64 KiB.', { maxLength: 65536 }),
    ),
  },
  {
    rules: [
      {
        rule: "!self.path.matches('/\\\\.{1,2}(/|$)')",
        reason: 'the path contains . or .. components',
        remedy: 'write the path out, with neither . nor .. in it',
      },
    ],
  },
);

export const filesSchema = list(
  'Extra files by path; those of several objects are merged, a file of the same path is replaced whole.',
  fileSchema,
  {
    maxItems: 64,
    keys: ['path'],
  },
);

export const patchSchema = object(
  'One operation of RFC 6902.',
  {
    op: choice('What to do.', ['add', 'remove', 'replace', 'test']),
    path: text('JSON pointer to a field below spec, e.g. /kubelet/flags/node-labels or /launcher/rkt/options/-.', {
      maxLength: 1024,
      pattern: '^(/([^~/]|~[01])*)*$',
      expects: 'a JSON pointer: each component begins with /, ~ is written ~0 and / is written ~1',
    }),
    value: optional(untyped<unknown>('The value for add, replace and test.')),
  },
  {
    rules: [
      {
        rule: "['/kubelet/','/launcher/','/unit/','/files/','/health/'].exists(p, (self.path + '/').startsWith(p))",
        reason: 'a patch may touch kubelet, launcher, unit, files and health only',
        remedy: 'begin the path with one of these, e.g. /kubelet/flags/v (paths count from spec)',
      },
    ],
  },
);

export const patchesSchema = list(
  'Operations that a merge cannot express, such as removing a field that another object set. They are applied right after this object has been merged; removing a field that is not there is a warning.',
  patchSchema,
  { maxItems: 64 },
);

/** Characters of an expression, and how many of them an object has. */
export const longestExpression = 4096;
export const mostComputed = 32;

export const computedSchema = list(
  'Values that differ by machine: each is computed on the node, before the object is merged, and counts as if the object stated it.',
  object(
    'One value.',
    {
      path: text('The field that gets the value, from spec, e.g. kubelet.configuration.maxPods or kubelet.flags.node-ip.', {
        maxLength: 1024,
        pattern: '^[A-Za-z]+((\\.[A-Za-z0-9_-]+)|(\\["[^"\\\\]+"\\]))*$',
        expects: 'names with dots between them, as in kubelet.configuration.maxPods; other names as in unit.environment["NAME"]',
      }),
      expression: text(
        'An expression in CEL over node {name, labels, annotations}, machine {hostname, cpus, memoryGiB, ipv4, ipv6, architecture, osRelease} and environmentFiles, e.g. min(110, machine.cpus * 20). Its type must be that of the field.',
        { maxLength: longestExpression },
      ),
    },
    {
      rules: [
        {
          rule: "['kubelet.','launcher.','unit.','health.','drift.'].exists(p, (self.path + '.').startsWith(p))",
          reason: 'only kubelet, launcher, unit, health and drift can be computed',
          remedy: 'begin the path with one of these, e.g. kubelet.flags.node-ip (paths count from spec)',
        },
        {
          rule: 'self.expression.size() > 0',
          reason: 'the expression is empty',
          remedy: 'write one, e.g. machine.ipv4',
        },
      ],
    },
  ),
  { maxItems: mostComputed, keys: ['path'] },
);

export const healthSchema = object(
  'How long a changed kubelet has to prove itself. Merged per node.',
  {
    timeoutSeconds: optional(
      integer(`Seconds after which a change that is not proved is undone. Default ${health.timeoutSeconds}.`, {
        minimum: 10,
        maximum: 3600,
      }),
    ),
    minReadySeconds: optional(
      integer(`Seconds for which the kubelet must run without a restart. Default ${health.minReadySeconds}.`, {
        minimum: 0,
        maximum: 3600,
      }),
    ),
  },
  {
    rules: [
      {
        rule: '!has(self.timeoutSeconds) || !has(self.minReadySeconds) || self.minReadySeconds < self.timeoutSeconds',
        reason: 'minReadySeconds must be less than timeoutSeconds',
        remedy: 'raise timeoutSeconds or lower minReadySeconds',
      },
    ],
    ...notEmpty,
  },
);
