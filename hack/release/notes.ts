/** What the changelog says of a release. */

/**
 * @returns the section of the version; of a version that has none yet, what is not released
 * @throws Error if the changelog has neither
 */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const of = (title: string) => sections.find((section) => section.startsWith(`[${title}]`));
  const section = of(version) ?? of('Unreleased');
  if (section === undefined) throw new Error(`CHANGELOG.md has no section [${version}], and none [Unreleased]`);
  return `## ${section.trimEnd()}\n`;
}
