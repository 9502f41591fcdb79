/** Whether the guidelines lie open beside the clip, kept in this browser for each person. */
export class GuideShelf {
  isOpen = $state(false);
  private readonly key: string;

  constructor(user: number) {
    this.key = `concord.guide.${user}`;
    try {
      // On a narrow screen they would lie over the clip, so there they open only when asked for.
      const isWide = window.matchMedia('(min-width: 75.01rem)').matches;
      this.isOpen = isWide && localStorage.getItem(this.key) === 'open';
    } catch {
      // Without storage they begin closed.
    }
  }

  toggle(): void {
    this.isOpen = !this.isOpen;
    try {
      localStorage.setItem(this.key, this.isOpen ? 'open' : 'closed');
    } catch {
      // Without storage it lasts as long as the page.
    }
  }
}
