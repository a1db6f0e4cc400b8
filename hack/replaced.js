/** What the bundle has in place of libraries, or of parts of them. */

function refusing(names, message) {
  const refuse = `() => { throw new Error(${JSON.stringify(message)}); }`;
  return names
    .split(', ')
    .map((name) => `export const ${name} = ${refuse};`)
    .join(' ');
}

/** What libraries import and we do not need of them: a third of the time that the command took to start went there. */
const replaced = {
  // The D-Bus client reads introspection data with it, and we ask for none.
  'fast-xml-parser': 'export class XMLParser {}',
  'fast-xml-builder': 'export default class XMLBuilder {}',
  // We use only the credentials of the Kubernetes client: Node.js's own HTTPS sends our requests. So its models, YAML and fetch are left out.
  // To name Node.js's own fetch would load it, which takes 4 MiB. kubectl too leaves to plugins how these providers make new tokens.
  'node-fetch': 'export class Headers {}',
  'js-yaml': 'export default {};',
  './gen/index.js': 'export class ServerConfiguration {} export const createConfiguration = undefined;',
  'jsonpath-plus': refusing('JSONPath', 'this credential provider is not supported: use an exec plugin'),
  'openid-client': refusing('discovery, refreshTokenGrant', 'the OIDC token has expired: log in again, or use an exec plugin'),
  // Its expressions know every emoji; the help text that is laid out by it has none.
  'string-width': `import { stripVTControlCharacters } from 'node:util'; export default (text) => stripVTControlCharacters(text).length;`,
};

/** A plugin of esbuild. */
export const replace = {
  name: 'replace',
  setup: ({ onResolve, onLoad }) => {
    const names = Object.keys(replaced).map((name) => name.replaceAll('.', '\\.'));
    onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path }) => ({ path, namespace: 'replaced' }));
    onLoad({ filter: /./, namespace: 'replaced' }, ({ path }) => ({ contents: replaced[path] }));
  },
};
