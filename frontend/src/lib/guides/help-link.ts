/** Where in the help the page that somebody is on is explained. */
const SECTIONS: [string, string][] = [
  ['/c/[slug]/label', '/help/labeling'],
  ['/c/[slug]/practice', '/help/labeling'],
  ['/c/[slug]/guide', '/help/labeling#stages'],
  ['/c/[slug]/history', '/help/labeling#votes'],
  ['/c/[slug]/(manage)/import', '/help/coordinating#import'],
  ['/c/[slug]/(manage)/guidelines', '/help/coordinating#guidelines'],
  ['/c/[slug]/(manage)/people', '/help/coordinating#people'],
  ['/c/[slug]/(manage)/open', '/help/coordinating#open'],
  ['/c/[slug]/(manage)/clips', '/help/coordinating#mending'],
  ['/c/[slug]/(manage)/inbox', '/help/coordinating#mending'],
  ['/c/[slug]/(manage)/export', '/help/coordinating#export'],
  ['/c/[slug]/(manage)/features', '/help/coordinating#features'],
  ['/c/[slug]/(manage)/training', '/help/coordinating#training'],
  ['/c/[slug]/(manage)/selection/runs', '/help/coordinating#selected'],
  ['/c/[slug]/(manage)/selection', '/help/coordinating#selection'],
  ['/c/[slug]/(manage)/settings', '/help/coordinating#frozen'],
  ['/c/[slug]/(manage)', '/help/coordinating#journey'],
  ['/new', '/help/coordinating#start']
];

export function helpFor(route: string | null): string {
  return SECTIONS.find(([at]) => route?.startsWith(at))?.[1] ?? '/help';
}
