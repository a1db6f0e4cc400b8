/** The Helm chart, made from what kustomize applies, so that the two ways of installing cannot differ. */

import type { Document } from 'yaml';
import { type Crd, chartText } from './chart/metadata.ts';
import { nameOf, templateOf } from './chart/substitute.ts';
import { chartValues } from './chart/values.ts';
import { valuesSchemaText, valuesText } from './chart/values-file.ts';
import { kustomized } from './kustomized.ts';

const folder = 'manifests/helm/kubelet-config';

export interface ChartFile {
  /** From the repository's root. */
  readonly path: string;
  readonly content: string;
}

/** Objects that are there together. */
interface Group {
  /** Of the template. */
  readonly name: string;
  readonly condition?: string;
  readonly documents: readonly Document[];
}

/**
 * All files of the chart that are not written by hand, from the manifests in the working directory.
 * @param version of package.json
 * @param crds by the name of their file
 * @throws Error for a value whose place the manifests do not have
 */
export function chartFiles(version: string, crds: Readonly<Record<string, { object: object; text: string }>>): ChartFile[] {
  const groups = groupsOf(kustomized('manifests'), kustomized('manifests/overlays/host-service'));
  const documents = groups.flatMap((group) => group.documents);
  checkPlaces(documents);
  const kinds = Object.values(crds).map(({ object }) => object as Crd);
  const files = {
    'Chart.yaml': chartText(version, kinds),
    'values.yaml': valuesText(documents),
    'values.schema.json': valuesSchemaText(),
    ...Object.fromEntries(Object.entries(crds).map(([name, { text }]) => [`crds/${name}`, text])),
    ...Object.fromEntries(groups.map((group) => [`templates/${group.name}.yaml`, templateText(group)])),
  };
  return Object.entries(files).map(([path, content]) => ({ path: `${folder}/${path}`, content }));
}

/** What both ways of running the agent have, what only one has, and what is added. */
function groupsOf(daemonSet: readonly Document[], hostService: readonly Document[]): Group[] {
  const identity = (document: Document) => `${nameOf(document)} ${document.getIn(['metadata', 'namespace'])}`;
  const without = (documents: readonly Document[], others: readonly Document[]) => {
    const known = new Set(others.map(identity));
    return documents.filter((document) => !known.has(identity(document)));
  };
  const agents = without(daemonSet, hostService);
  // Helm installs what is in crds/ by itself, and makes the namespace with --create-namespace.
  const base = without(daemonSet, agents).filter(
    (one) => !['CustomResourceDefinition', 'Namespace'].includes(`${one.get('kind')}`),
  );
  const component = (name: string, condition: string) => ({
    name,
    condition,
    documents: kustomized(`manifests/components/${name}`),
  });
  return [
    { name: 'base', documents: base },
    { name: 'daemonset', condition: '.Values.agent.enabled', documents: agents },
    { name: 'host-service', condition: 'not .Values.agent.enabled', documents: without(hostService, daemonSet) },
    component('monitoring', '.Values.podMonitor.enabled'),
    component('alerts', '.Values.prometheusRule.enabled'),
    component('disruption-budget', '.Values.controller.podDisruptionBudget.enabled'),
  ];
}

/** @throws Error for an object of the table of values that the manifests do not have, or have twice */
function checkPlaces(documents: readonly Document[]): void {
  const names = documents.map(nameOf);
  const named = chartValues.flatMap(({ places = [] }) => places.map(({ object }) => object));
  for (const name of named) {
    const count = names.filter((other) => other === name).length;
    if (count !== 1) throw new Error(`hack/manifests/chart/values.ts names the ${name}, of which the manifests have ${count}`);
  }
}

const head = `{{- /* Generated from manifests/ by \`npm run generate\`: change it there. */ -}}\n`;
/** In the template that is always there. */
const check = `{{- include "kubelet-config.checkNamespace" . -}}\n`;

function templateText({ condition, documents }: Group): string {
  const text = documents.map((document) => `---\n${templateOf(document)}`).join('');
  return head + (condition === undefined ? check + text : `{{- if ${condition} }}\n${text}{{- end }}\n`);
}
