/* Once an interactive figure is alive, keep its static view beside it: hidden on screen, shown in print (site.css). */
(function () {
  "use strict";
  document.querySelectorAll(".interactive > :first-child").forEach(function (element) {
    customElements.whenDefined(element.localName).then(function () {
      const still = document.createElement("div");
      still.className = "interactive-still";
      still.append(...element.childNodes);
      element.after(still);
    });
  });
})();
