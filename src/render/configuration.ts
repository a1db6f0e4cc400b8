/**
 * The kubelet's own configuration file: KubeletConfiguration as YAML that all readers of YAML agree about.
 */

import { Document, isScalar, visit } from 'yaml';
import type { JsonMap } from '../api/json.ts';

/**
 * Every string is quoted, so that YAML 1.1 has nothing to guess (`on`, `0644`, `<<`). Keys are sorted, so
 * that reordering the object changes no byte.
 */
export function renderConfiguration(configuration: JsonMap): string {
  const content = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...configuration };
  const document = new Document(content, {
    version: '1.1',
    // Without this, the text `<<` would become the merge key, which has no quotes.
    customTags: (tags) => tags.filter((tag) => tag !== 'merge' && !(typeof tag === 'object' && tag.tag.endsWith(':merge'))),
    sortMapEntries: true,
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && !/^[A-Za-z][A-Za-z0-9._/-]*$/.test(String(key.value))) key.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({ defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0, directives: false });
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Some readers end a line at these. The yaml package writes them as they are, and always inside quotes. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff]/g;
