/* An equation wider than its column scrolls inside itself; with the keyboard one must be able to get into it. */
(function () {
  "use strict";
  function stops() {
    document.querySelectorAll('.bd-article mjx-container[display="true"], .bd-article div.math').forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  }
  window.addEventListener("load", function () {
    const typeset = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
    typeset.then(stops);
    window.addEventListener("resize", stops);
  });
})();

/* Who follows a link to something that is folded wants to read it. */
(function () {
  "use strict";
  function unfold() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") target.open = true;
  }
  window.addEventListener("DOMContentLoaded", unfold);
  window.addEventListener("hashchange", unfold);
})();
