package shop.parts;

import java.io.IOException;
import java.util.Arrays;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Found by a scan of the folders of the archive, as most classes of Spring's apps are; and so are its texts. */
@RestController
public class Parts {
    @GetMapping("/parts")
    String texts() throws IOException {
        var texts = new PathMatchingResourcePatternResolver().getResources("classpath:/texts/*.txt");
        return String.join(" ", Arrays.stream(texts).map(t -> t.getFilename()).sorted().toList()) + "\n";
    }
}
