/** Names and labels as Kubernetes writes them (k8s.io/apimachinery/pkg/util/validation). */

const dnsLabel = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dnsSubdomain = new RegExp(`^${dnsLabel}(\\.${dnsLabel})*$`);
const labelName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** RFC 1123: names of objects, and the prefixes of label keys. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && dnsSubdomain.test(text);
}

/** A label key: a name of at most 63 characters, optionally behind a DNS name and a slash. */
export function isQualifiedName(text: string): boolean {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2 || (parts.length === 2 && !isDnsSubdomain(parts[0] ?? ''))) return false;
  return name.length <= 63 && labelName.test(name);
}

/** At most 63 characters; the empty value is one. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && labelName.test(text));
}
