import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeAll, vi } from "vitest";

// defaultHidden: without computing the styles of every element for every question, which takes most of the time.
configure({ asyncUtilTimeout: 10_000, defaultHidden: true });

beforeAll(() => {
  // jsdom knows <dialog> but not how to open one, and a browser says "cancel" on Escape.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.dispatchEvent(new Event("cancel", { cancelable: true }));
    });
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});
