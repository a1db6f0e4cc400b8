/** Names and labels as Kubernetes writes them (k8s.io/apimachinery/pkg/util/validation). */

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** A DNS subdomain of RFC 1123: the name of an object, or the prefix of a label key. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && dnsSubdomain.test(text);
}

/** A label key: a name of at most 63 characters, with or without a DNS name and a slash before it. */
export function isQualifiedName(text: string): boolean {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2 || (parts.length === 2 && !isDnsSubdomain(parts[0] ?? ''))) return false;
  return name.length <= 63 && labelName.test(name);
}

/** A label value: at most 63 characters, or empty. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && labelName.test(text));
}
