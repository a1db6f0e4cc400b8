/** What the executable consists of, as CycloneDX has it: the packages that were bundled, and Node.js with its parts. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

export interface Component {
  readonly type: string;
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly 'bom-ref'?: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
  readonly evidence?: { readonly licenses?: readonly Evidence[] };
  readonly components?: readonly Component[];
}

/** A licence as a package has it, its text in base64. */
interface Evidence {
  readonly license: {
    readonly name: string;
    readonly text?: { readonly contentType: string; readonly encoding: 'base64'; readonly content: string };
  };
}

export interface BillOfMaterials {
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** The runtime that the executable holds. */
export interface Runtime {
  readonly version: string;
  /** `process.versions` */
  readonly parts: Readonly<Record<string, string>>;
  readonly licence: string;
}

/** @returns the bill of what esbuild bundled, and of the runtime */
export function billOfMaterials(metafile: Metafile, runtime: Runtime): BillOfMaterials {
  const bundled = billOfBundle(metafile);
  const isReal = (reference: string) => !reference.includes('replaced:');
  const node = nodeComponent(runtime);
  const own = bundled.metadata.component['bom-ref'];
  return {
    ...bundled,
    // The replacements of a library's parts are our own code.
    components: [...bundled.components.filter(({ name }) => isReal(name)), node],
    dependencies: bundled.dependencies
      .filter(({ ref }) => isReal(ref))
      .map(({ ref, dependsOn = [] }) => ({
        ref,
        dependsOn: [...dependsOn.filter(isReal), ...(ref === own ? [node['bom-ref'] ?? ''] : [])],
      })),
  };
}

/** The packages of a bundle, from the metafile of esbuild. */
function billOfBundle(metafile: Metafile): BillOfMaterials {
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-sbom-'));
  try {
    const [input, output] = [join(place, 'metafile.json'), join(place, 'bill.json')];
    writeFileSync(input, JSON.stringify(metafile));
    const words = ['--gather-license-texts', '--output-reproducible', '--spec-version=1.6', `--output-file=${output}`, input];
    execFileSync('node_modules/.bin/cyclonedx-esbuild', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    return JSON.parse(readFileSync(output, 'utf8'));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function nodeComponent({ version, parts, licence }: Runtime): Component {
  const { node: _, modules: _abi, napi: _api, ...libraries } = parts;
  return {
    type: 'platform',
    name: 'node',
    version,
    'bom-ref': `node@${version}`,
    purl: `pkg:generic/node@${version}`,
    // By which scanners know Node.js.
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
    evidence: {
      licenses: [
        {
          license: {
            name: 'file: LICENSE',
            text: { contentType: 'text/plain', encoding: 'base64', content: Buffer.from(licence).toString('base64') },
          },
        },
      ],
    },
    components: Object.entries(libraries)
      // A library that this build of Node.js has not.
      .filter(([, own]) => own !== '')
      .map(([name, own]) => ({
        type: 'library',
        name,
        version: own,
        'bom-ref': `node@${version}/${name}@${own}`,
        purl: `pkg:generic/${name}@${own}`,
      })),
  };
}
