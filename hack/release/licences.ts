/** The licence texts of everything that the executable contains, taken from its bill of materials. */

import type { BillOfMaterials, Component } from './bill-of-materials.ts';

/** A package is in the executable, and the bill has no text of its licence. */
export class NoLicenceText extends Error {}

/**
 * @returns one text with the licences of all components
 * @throws NoLicenceText
 */
export function thirdPartyLicences({ components }: BillOfMaterials): string {
  const parts = components.toSorted((one, other) => (fullName(one) < fullName(other) ? -1 : 1)).map(licenceOf);
  return [
    'kubelet-config is distributed as one executable. It contains the software that is named here, under these licences.',
    ...parts,
  ].join(`\n\n${'='.repeat(80)}\n`);
}

function licenceOf(component: Component): string {
  const texts = (component.evidence?.licenses ?? []).flatMap(({ license }) => license.text?.content ?? []);
  const name = `${fullName(component)} ${component.version}`;
  if (texts.length === 0) throw new NoLicenceText(`${name} is in the executable, and its package has no text of its licence`);
  const kinds = (component.licenses ?? []).map(({ license, expression }) => expression ?? license?.id ?? license?.name);
  return [`${name} (${kinds.join(', ')})`, ...texts.map((text) => Buffer.from(text, 'base64').toString('utf8').trim())].join(
    '\n\n',
  );
}

const fullName = ({ group, name }: Component) => (group === undefined ? name : `${group}/${name}`);
