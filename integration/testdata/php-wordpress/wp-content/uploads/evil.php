<?php echo "uploaded code ran";
